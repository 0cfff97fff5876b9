package io.pcache.sys;

/** Numbers that differ by machine. All other numbers are the same on both machines (see {@link Linux}). */
enum Architecture {
    //      O_DIRECT sched_setattr
    X86_64(0x04000, 314),
    AARCH64(0x10000, 274);

    private static final Architecture CURRENT = of(System.getProperty("os.arch"));

    final int oDirect;
    /** Number of a system call that glibc does not wrap before 2.41. */
    final int schedSetattr;

    Architecture(int oDirect, int schedSetattr) {
        this.oDirect = oDirect;
        this.schedSetattr = schedSetattr;
    }

    static Architecture current() {
        return CURRENT;
    }

    /** @param name the JVM's {@code os.arch} */
    static Architecture of(String name) {
        return switch (name) {
            case "amd64", "x86_64" -> X86_64;
            case "aarch64", "arm64" -> AARCH64;
            default ->
                throw new UnsupportedOperationException("architecture " + name
                        + " is not supported: pcache knows the Linux interface of x86-64 and aarch64");
        };
    }
}
