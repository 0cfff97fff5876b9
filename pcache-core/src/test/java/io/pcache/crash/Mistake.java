package io.pcache.crash;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * A mistake in the engine's source: the text that stands there, and the wrong text in its place. White space and
 * comments of a line do not count.
 *
 * @param file the file's path below {@code io.pcache}
 * @param edits each changes a text that stands in the file once
 */
record Mistake(String file, List<Edit> edits) {
    record Edit(String right, String wrong) {}

    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path PACKAGE = Path.of("io/pcache");

    static Mistake in(String file, String right, String wrong) {
        return new Mistake(file, List.of(new Edit(right, wrong)));
    }

    Mistake and(String right, String wrong) {
        return new Mistake(
                file,
                Stream.concat(edits.stream(), Stream.of(new Edit(right, wrong))).toList());
    }

    /** Compiles the source with the mistake; returns class files by the name of the class. */
    Map<String, byte[]> compile() {
        Path source = PACKAGE.resolve(file);
        Map<String, byte[]> classes = new HashMap<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter complaints = new StringWriter();
        JavaFileManager files =
                new ForwardingJavaFileManager<JavaFileManager>(compiler.getStandardFileManager(null, null, null)) {
                    @Override
                    public JavaFileObject getJavaFileForOutput(
                            Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
                        return new ClassFile(name, classes);
                    }
                };
        List<String> options =
                List.of("--release", "17", "-cp", System.getProperty("java.class.path"), "-proc:none", "-nowarn");
        List<JavaFileObject> units = List.of(new SourceFile(source.toString(), withMistake(source)));
        if (!compiler.getTask(complaints, files, null, options, null, units).call()) {
            throw new AssertionError(source + " with a planted bug does not compile: " + complaints);
        }
        return classes;
    }

    private String withMistake(Path source) {
        String text;
        try {
            text = Files.readString(SOURCES.resolve(source));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (Edit edit : edits) {
            Matcher place = anyLayout(edit.right).matcher(text);
            if (!place.find()) {
                throw new AssertionError("not in " + source + ", where a bug is to be planted: " + edit.right);
            }
            String changed = text.substring(0, place.start()) + edit.wrong + text.substring(place.end());
            if (place.find()) {
                throw new AssertionError("more than once in " + source + ": " + edit.right);
            }
            text = changed;
        }
        return text;
    }

    private static Pattern anyLayout(String code) {
        return Pattern.compile(Arrays.stream(code.strip().split("\\s+"))
                .map(Pattern::quote)
                .collect(Collectors.joining("\\s+(?://.*\\R\\s*)*")));
    }

    private static final class SourceFile extends SimpleJavaFileObject {
        private final String text;

        SourceFile(String path, String text) {
            super(URI.create("string:///" + path), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class ClassFile extends SimpleJavaFileObject {
        private final String name;
        private final Map<String, byte[]> classes;

        ClassFile(String name, Map<String, byte[]> classes) {
            super(URI.create("bytes:///" + name.replace('.', '/') + ".class"), Kind.CLASS);
            this.name = name;
            this.classes = classes;
        }

        @Override
        public OutputStream openOutputStream() {
            return new ByteArrayOutputStream() {
                @Override
                public void close() {
                    classes.put(name, toByteArray());
                }
            };
        }
    }
}
