package io.pcache.target;

import io.pcache.frontend.FrontEnd;
import io.pcache.request.BlockDevice;
import java.io.IOException;

/** A front end without clients; a test has the device open by setting {@link #openCount}. */
final class FakeFrontEnds implements FrontEndFactory {
    volatile int openCount;
    IOException startFailure;
    int starts;
    BlockDevice serving;
    Runnable onLastClose;

    @Override
    public String kind() {
        return "nbd";
    }

    @Override
    public FrontEnd create(Runnable onLast) {
        onLastClose = onLast;
        return new FrontEnd() {
            @Override
            public String kind() {
                return "nbd";
            }

            @Override
            public void start(BlockDevice device) throws IOException {
                if (startFailure != null) {
                    throw startFailure;
                }
                starts++;
                serving = device;
            }

            @Override
            public String location() {
                return "nbd+unix:///?socket=/by/minor";
            }

            @Override
            public int openCount() {
                return openCount;
            }

            @Override
            public void close() {
                serving = null;
            }
        };
    }

    void lastClose() {
        openCount = 0;
        onLastClose.run();
    }
}
