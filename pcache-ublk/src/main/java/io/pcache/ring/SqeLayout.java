package io.pcache.ring;

/**
 * {@code struct io_uring_sqe}: one operation, 64 bytes, or 128 on a ring made with SQE128.
 *
 * <pre>
 *    0        1       2        4    8          16       24    28         32          40        42          44        48      56     64
 *    +--------+-------+--------+----+----------+--------+-----+----------+-----------+---------+-----------+---------+-------+------+
 *    | opcode | flags | ioprio | fd | offset   | address| len | op flags | user data | buf idx | personal. | file idx| addr3 | 0    |
 *    +--------+-------+--------+----+----------+--------+-----+----------+-----------+---------+-----------+---------+-------+------+
 *                                   | cmd op, 0|                                                                     | command (16 or 80 bytes) …
 *                                   +----------+                                                                     +---------
 * </pre>
 *
 * Fields that an operation does not use must be 0, and slots come back with their old contents. So a slot is cleared
 * first.
 */
final class SqeLayout {
    static final int OPCODE = 0;
    static final int FLAGS = OPCODE + Byte.BYTES;
    static final int IOPRIO = FLAGS + Byte.BYTES;
    static final int FD = IOPRIO + Short.BYTES;
    static final int OFFSET = FD + Integer.BYTES;
    static final int COMMAND_OP = OFFSET;
    static final int ADDRESS = OFFSET + Long.BYTES;
    static final int LENGTH = ADDRESS + Long.BYTES;
    static final int OP_FLAGS = LENGTH + Integer.BYTES;
    static final int USER_DATA = OP_FLAGS + Integer.BYTES;
    static final int BUFFER_INDEX = USER_DATA + Long.BYTES;
    static final int PERSONALITY = BUFFER_INDEX + Short.BYTES;
    static final int FILE_INDEX = PERSONALITY + Short.BYTES;
    static final int COMMAND = FILE_INDEX + Integer.BYTES;
    static final int BYTES = COMMAND + 2 * Long.BYTES;
    static final int BYTES_LARGE = 2 * BYTES;

    private SqeLayout() {}
}
