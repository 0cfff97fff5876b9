package io.pcache.server.device;

import io.pcache.frontend.FrontEnd;
import io.pcache.request.BlockDevice;
import java.io.IOException;
import java.util.List;

/** A front end without clients; a test has the device open by setting {@link #openCount}. */
public final class FakeFrontEnds implements FrontEndFactory {
    public volatile int openCount;
    List<String> openers = List.of();
    IOException startFailure;
    int starts;
    public BlockDevice serving;
    Runnable onLastClose;

    /** As ublk: the node outlives the front end. */
    boolean withNode;

    int takenOver = -1;
    boolean left;
    /** Somebody opens the device between the last count and its end. */
    boolean openedLate;

    int watches;

    @Override
    public String kind() {
        return withNode ? "ublk" : "nbd";
    }

    @Override
    public boolean recoverable() {
        return withNode;
    }

    @Override
    public FrontEnd takeOver(int id, Runnable onLast) {
        takenOver = id;
        return create(onLast);
    }

    @Override
    public void leave(FrontEnd frontEnd) {
        left = true;
        serving = null;
    }

    @Override
    public FrontEnd create(Runnable onLast) {
        onLastClose = onLast;
        return new FrontEnd() {
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
                return withNode ? "/dev/ublkb5" : "nbd+unix:///?socket=/by/minor";
            }

            @Override
            public int openCount() {
                return openCount;
            }

            @Override
            public List<String> openers() {
                return openers;
            }

            @Override
            public void watchLastClose() {
                watches++;
            }

            @Override
            public boolean closeUnlessOpen() {
                if (!openedLate) {
                    close();
                }
                return !openedLate;
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
