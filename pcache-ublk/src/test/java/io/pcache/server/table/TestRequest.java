package io.pcache.server.table;

import io.pcache.request.Request;
import io.pcache.request.RequestData;

/** A request that remembers how it ended. */
public final class TestRequest extends Request {
    public static final int UNDER_WAY = 1;

    public volatile int result = UNDER_WAY;
    public Runnable whenCompleted = () -> {};

    public static TestRequest write(long offset, int length) {
        TestRequest request = new TestRequest();
        request.prepare(Op.WRITE, offset, length, false, null);
        return request;
    }

    public static TestRequest read(long offset, int length, RequestData data) {
        TestRequest request = new TestRequest();
        request.prepare(Op.READ, offset, length, false, data);
        return request;
    }

    public static TestRequest flush() {
        TestRequest request = new TestRequest();
        request.prepare(Op.FLUSH, 0, 0, false, null);
        return request;
    }

    @Override
    protected void completed(int outcome) {
        if (result != UNDER_WAY) {
            throw new IllegalStateException("ended twice");
        }
        result = outcome;
        whenCompleted.run();
    }
}
