package io.pcache.media;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * One scenario of {@link KernelImages}: a cache device and its backing device as the kernel target left them, the
 * manifest that says what they hold, and the operations that led there. Values are read from the manifest when they are
 * asked for. Safe for use by several threads.
 */
public final class KernelImage {

    private static final ObjectReader JSON = new ObjectMapper().reader();

    private final String scenario;

    KernelImage(String scenario) {
        this.scenario = scenario;
    }

    /** The two devices of a scenario as files that a test may change. */
    public record Files(Path cache, Path backing) {}

    public String scenario() {
        return scenario;
    }

    /** The whole manifest; its fields are listed in {@code kernel-media/README.md}. */
    public JsonNode manifest() {
        try (InputStream in = resource("manifest.json")) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was done to the mapped device, in order: one node for each line of {@code oplog.jsonl}. */
    public List<JsonNode> operations() {
        try (InputStream in = new GZIPInputStream(resource("oplog.jsonl.gz"))) {
            return JSON.forType(JsonNode.class).<JsonNode>readValues(in).readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Size of the mapped device in bytes. */
    public long deviceBytes() {
        return manifest().path("device_bytes").longValue();
    }

    /** Whether the cache was formatted with {@code data_crc true}. */
    public boolean dataCrc() {
        return manifest().path("data_crc").booleanValue();
    }

    /** SHA-256 of the whole mapped device in hexadecimal. A reader of both devices must find the same. */
    public String logicalSha256() {
        return manifest().path("logical").path("sha256").textValue();
    }

    /** SHA-256 of {@code cache.img} or {@code backing.img} in hexadecimal. */
    public String fileSha256(String file) {
        return manifest().path("files").path(file).path("sha256").textValue();
    }

    /**
     * The {@code media} part of the manifest: positions, sequence numbers, counts of key-sets and keys, generations.
     */
    public JsonNode media() {
        return manifest().path("media");
    }

    /**
     * Unpacks both devices as {@code cache.img} and {@code backing.img}, with holes where they are zero; existing files
     * of those names are replaced.
     *
     * @param directory an existing directory with room for the data (up to 544 MiB for {@code fresh-garbage}, otherwise
     *     at most 160 MiB)
     */
    public Files unpack(Path directory) throws IOException {
        return new Files(unpack("cache.img", directory), unpack("backing.img", directory));
    }

    private Path unpack(String file, Path directory) throws IOException {
        Path target = directory.resolve(file);
        try (InputStream in = new ZstdInputStream(resource(file + ".zst"))) {
            SparseFile.write(in, target);
        }
        return target;
    }

    private InputStream resource(String file) {
        String name = "/kernel-media/" + scenario + "/" + file;
        InputStream in = KernelImage.class.getResourceAsStream(name);
        if (in == null) {
            throw new IllegalStateException("test resource " + name + " is missing");
        }
        return in;
    }

    @Override
    public String toString() {
        return scenario;
    }
}
