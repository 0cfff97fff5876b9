package io.pcache.dmctl.archive;

import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.control.Registry;
import io.pcache.control.TableLine;
import io.pcache.dmctl.Main;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Runs the commands that shall start quickly, against a target that gives prepared answers, so that the JVM can record
 * which classes these commands need. The build runs this program with {@code -XX:DumpLoadedClassList}, and gives
 * {@code PCACHE_RUN_DIR} a folder of its own.
 */
public final class Training {
    private static final String DEVICE = "trained";
    /** Commands that scripts call in loops and that people call often, and the mistakes that are made most. */
    private static final List<String> COMMANDS = List.of(
            "status trained",
            "status --json trained",
            "table trained",
            "info trained",
            "info --json trained",
            "deps trained",
            "message trained 0 gc_percent 70",
            "suspend trained",
            "resume trained",
            "ls",
            "ls --json",
            "ls --tree",
            "status",
            "table",
            "info",
            "info -c -o name,open --noheadings trained",
            "info -c --json",
            "targets",
            "version",
            "help status",
            "status missing",
            "info missing",
            "remove missing",
            "stauts",
            "status --nosuch",
            "stats trained",
            "metrics",
            "attach missing --tab /dev/null",
            "help check",
            "splitname vg-lv");

    private Training() {}

    public static void main(String[] arguments) throws IOException {
        Path root = Path.of(System.getenv("PCACHE_RUN_DIR"));
        Path files = Files.createDirectories(root.resolve("control").resolve("0"));
        Path link = root.resolve(DEVICE);
        Path socket = files.resolve("control.sock");
        Files.deleteIfExists(link);
        Files.deleteIfExists(socket);
        Files.createSymbolicLink(link, Path.of("control", "0"));
        try (FileChannel lock =
                        FileChannel.open(files.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            // Clients take a target for alive while this lock is held.
            lock.lock();
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread target = new Thread(() -> serve(server), "target");
            target.setDaemon(true);
            target.start();
            for (String command : COMMANDS) {
                Main.run(command.split(" "));
            }
        } finally {
            Files.deleteIfExists(socket);
            Files.deleteIfExists(link);
        }
    }

    private static void serve(ServerSocketChannel server) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (true) {
            try (SocketChannel client = server.accept()) {
                client.read(buffer.clear());
                JsonObject request = JsonCodec.read(buffer.array(), 0, buffer.position());
                client.write(ByteBuffer.wrap(JsonCodec.frame(reply(request.string("cmd", "")))));
            } catch (IOException e) {
                // The channel is closed: the commands are done.
                return;
            }
        }
    }

    private static JsonObject reply(String command) {
        JsonObject reply = new JsonObject();
        switch (command) {
            case "info" ->
                reply.put("name", DEVICE)
                        .put("major", Registry.MAJOR)
                        .put("live", true)
                        .put("targets", 1)
                        .put("readAhead", 256)
                        .put("uri", "nbd+unix:///?socket=/")
                        .put("frontend", "nbd");
            case "table" ->
                reply.put(
                        "lines",
                        TableLine.toJson(
                                List.of(new TableLine(0, 8, "pcache", "/c /b 4 cache_mode writeback data_crc false"))));
            case "status" ->
                reply.put(
                        "lines",
                        TableLine.toJson(List.of(new TableLine(0, 8, "pcache", "0 33 33 1 70 1182 0:0 0:0 0:0"))));
            case "deps" ->
                reply.put("devices", List.of(new JsonObject().put("path", "/b").put("name", "b")));
            default -> {
                // A change that succeeds has nothing to tell.
            }
        }
        return reply.put("v", 1).put("ok", true);
    }
}
