package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.VerbArguments;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.regex.Pattern;

/** {@code restore}. */
final class RestoreVerb extends OfflineVerb {
    private static final Pattern IN_PARSER_WORDS = Pattern.compile("\\[?Source: [^;]*; |(?<=column: [0-9]{1,9})]");

    private final String dump;
    private final String image;

    RestoreVerb(Invocation invocation, VerbArguments arguments) {
        super(invocation, arguments);
        dump = arguments.operand(0);
        image = arguments.operand(1);
    }

    @Override
    int run() throws Exception {
        requireUnused(image);
        long[] made;
        try (InputStream in = dump.equals("-") ? invocation.in() : Files.newInputStream(path(dump));
                JsonParser parser = new JsonFactory().createParser(in)) {
            made = new DumpReader(parser, path(image)).run();
        } catch (JsonProcessingException e) {
            throw new IOException(dump + ": " + explain(e), e);
        } catch (DumpReader.WrongDump e) {
            throw new IOException(dump + ": " + e.getMessage(), e);
        }
        if (json) {
            try (JsonGenerator out = generator()) {
                out.writeStartObject();
                out.writeStringField("image", image);
                out.writeNumberField("key_sets", made[0]);
                out.writeNumberField("keys", made[1]);
                out.writeEndObject();
            }
        } else {
            print(image + ": " + made[0] + " key-sets, " + made[1] + " keys");
        }
        return ExitStatus.CLEAN;
    }

    private static String explain(JsonProcessingException failure) {
        JsonLocation at = failure.getLocation();
        String place = at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
        // In the middle of some messages, the parser names its source in words for programmers.
        String message = IN_PARSER_WORDS.matcher(failure.getOriginalMessage()).replaceAll("");
        return place + (failure instanceof JsonEOFException ? "the dump ends too early: " : "") + message;
    }
}
