package io.pcache.request;

/** The queue of a device that never has to wait. */
abstract class ImmediateQueue implements RequestQueue {

    /** Returns 0 or a negative errno. */
    abstract int serve(Request request);

    @Override
    public final void submit(Request request) {
        request.completed(serve(request));
    }

    @Override
    public final int poll() {
        return 0;
    }

    @Override
    public final int inFlight() {
        return 0;
    }

    @Override
    public void close() {}
}
