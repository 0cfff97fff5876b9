package io.pcache.crash;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Loads the engine and its tests anew: with calls of {@link Preemption#point} in the engine's classes, and with
 * replaced classes where a test wants them. Classes that make system calls, and classes that are not pcache's, are
 * those of the process.
 *
 * <p>The engine takes memory ahead and touches all of it. For a cache that lives for a few milliseconds, this would be
 * most of the time. So the touching is left out.
 */
final class EngineLoader extends ClassLoader {
    private static final int API = Opcodes.ASM9;
    private static final String ALL = "io.pcache.";
    private static final String SHARED = "io.pcache.sys.";
    private static final String POINTS = Preemption.class.getName().replace('.', '/');
    private static final String SPARED = SparedMemory.class.getName().replace('.', '/');
    private static final String ATOMICS = "java/util/concurrent/atomic/";

    private final Map<String, byte[]> replaced;
    private final Map<String, Set<String>> sharedMembers = new HashMap<>();

    /** @param replaced class files by the name of the class */
    EngineLoader(Map<String, byte[]> replaced) {
        super(EngineLoader.class.getClassLoader());
        this.replaced = replaced;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(ALL) || name.startsWith(SHARED)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                byte[] bytes = bytes(name);
                if (bytes == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] own = isTest(name) ? bytes : instrumented(bytes);
                loaded = defineClass(name, own, 0, own.length);
            }
            return loaded;
        }
    }

    private byte[] bytes(String name) {
        byte[] other = replaced.get(name);
        if (other != null) {
            return other;
        }
        try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            return file == null ? null : file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isTest(String name) {
        return getParent()
                .getResource(name.replace('.', '/') + ".class")
                .getPath()
                .contains("test-classes");
    }

    private byte[] instrumented(byte[] bytes) {
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new ClassWriter(reader, 0);
        reader.accept(
                new ClassVisitor(API, writer) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String name, String type, String generic, String[] ex) {
                        MethodVisitor next = super.visitMethod(access, name, type, generic, ex);
                        return name.equals("<clinit>") ? new WithoutPoints(next) : new WithPoints(next);
                    }
                },
                0);
        return writer.toByteArray();
    }

    /**
     * A class's initialisation has no points: it runs only in the first of many runs that needs the class, so a point
     * would be in that run alone.
     */
    private static final class WithoutPoints extends MethodVisitor {
        WithoutPoints(MethodVisitor next) {
            super(API, next);
        }

        @Override
        public void visitCode() {
            super.visitCode();
            super.visitMethodInsn(Opcodes.INVOKESTATIC, POINTS, "off", "()V", false);
        }

        @Override
        public void visitInsn(int opcode) {
            if (opcode == Opcodes.RETURN) {
                super.visitMethodInsn(Opcodes.INVOKESTATIC, POINTS, "on", "()V", false);
            }
            super.visitInsn(opcode);
        }
    }

    private final class WithPoints extends MethodVisitor {
        WithPoints(MethodVisitor next) {
            super(API, next);
        }

        private void point() {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, POINTS, "point", "()V", false);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String type) {
            super.visitFieldInsn(opcode, owner, name, type);
            if (sharedMembers(owner).contains(name)) {
                point();
            }
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String type, boolean inInterface) {
            if (owner.equals("io/pcache/sys/NativeMemory") && name.equals("allocateHuge")) {
                super.visitMethodInsn(opcode, SPARED, "buffer", type, false);
                return;
            }
            if (owner.equals("io/pcache/slab/ChunkMemory") && name.equals("touch")) {
                super.visitInsn(Opcodes.POP2);
                super.visitInsn(Opcodes.POP);
                return;
            }
            super.visitMethodInsn(opcode, owner, name, type, inInterface);
            boolean atomic = owner.startsWith(ATOMICS) && !name.equals("<init>");
            if (atomic || sharedMembers(owner).contains(name + type)) {
                point();
            }
        }

        @Override
        public void visitInsn(int opcode) {
            super.visitInsn(opcode);
            if (opcode == Opcodes.MONITOREXIT) {
                point();
            }
        }
    }

    /** The names of a class's volatile fields, and the names and types of its synchronized methods. */
    private Set<String> sharedMembers(String owner) {
        Set<String> known = sharedMembers.get(owner);
        if (known == null) {
            known = new HashSet<>();
            sharedMembers.put(owner, known);
            byte[] bytes = owner.startsWith("io/pcache/") ? bytes(owner.replace('/', '.')) : null;
            if (bytes != null) {
                new ClassReader(bytes).accept(new SharedMembers(known), ClassReader.SKIP_CODE);
            }
        }
        return known;
    }

    private static final class SharedMembers extends ClassVisitor {
        private final Set<String> found;

        SharedMembers(Set<String> found) {
            super(API);
            this.found = found;
        }

        @Override
        public FieldVisitor visitField(int access, String name, String type, String generic, Object value) {
            if ((access & Opcodes.ACC_VOLATILE) != 0) {
                found.add(name);
            }
            return null;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String type, String generic, String[] thrown) {
            if ((access & Opcodes.ACC_SYNCHRONIZED) != 0) {
                found.add(name + type);
            }
            return null;
        }
    }
}
