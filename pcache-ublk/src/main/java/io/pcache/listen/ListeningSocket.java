package io.pcache.listen;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Sockets that listen, for clients on this machine only. */
public final class ListeningSocket {
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private ListeningSocket() {}

    /**
     * Listens on a Unix-domain socket whose file has mode 0600. Anybody could connect after the file is made and before
     * the mode is set, so only the owner may be able to enter the folder. A file that a predecessor has left there is
     * replaced.
     *
     * @param backlog how many clients may wait to be accepted
     */
    public static ServerSocketChannel unix(Path file, int backlog) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            Files.deleteIfExists(file);
            channel.bind(UnixDomainSocketAddress.of(file), backlog);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Listens on a TCP port of the loopback address.
     *
     * @param port 0 for any free port
     * @param backlog how many clients may wait to be accepted
     */
    public static ServerSocketChannel loopback(int port, int backlog) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.INET);
        try {
            // So that a successor of this process may listen at once.
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), backlog);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }
}
