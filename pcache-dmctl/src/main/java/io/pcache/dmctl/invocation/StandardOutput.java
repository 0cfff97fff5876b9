package io.pcache.dmctl.invocation;

import io.pcache.control.ByteText;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A print stream that remembers why printing failed; {@link PrintStream} itself only tells that printing failed. Bytes
 * that are not UTF-8 are shown as {@link ByteText#printable} has them.
 */
public final class StandardOutput extends PrintStream {
    private final Remembering below;

    public StandardOutput(OutputStream stream, int bufferBytes, boolean flushed) {
        this(new Remembering(stream), bufferBytes, flushed);
    }

    private StandardOutput(Remembering below, int bufferBytes, boolean flushed) {
        super(new BufferedOutputStream(below, bufferBytes), flushed, StandardCharsets.UTF_8);
        this.below = below;
    }

    /**
     * A stream that was closed before the process began. Printing fails; a command that prints nothing does not notice.
     */
    public static StandardOutput closed() {
        return new StandardOutput(
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException("Bad file descriptor");
                    }
                },
                1,
                false);
    }

    @Override
    public void print(String text) {
        super.print(ByteText.printable(String.valueOf(text)));
    }

    @Override
    public void print(Object value) {
        print(String.valueOf(value));
    }

    @Override
    public void println(String line) {
        super.println(ByteText.printable(String.valueOf(line)));
    }

    @Override
    public void println(Object value) {
        println(String.valueOf(value));
    }

    /** What the system said of the first failure; null while there was none. */
    public String failure() {
        return below.failure;
    }

    private static final class Remembering extends OutputStream {
        private final OutputStream stream;
        private String failure;

        Remembering(OutputStream stream) {
            this.stream = stream;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                stream.write(bytes, offset, length);
            } catch (IOException e) {
                if (failure == null) {
                    failure = e.getMessage();
                }
                throw e;
            }
        }

        @Override
        public void flush() throws IOException {
            stream.flush();
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}
