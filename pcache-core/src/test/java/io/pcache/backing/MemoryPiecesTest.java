package io.pcache.backing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryPiecesTest {
    private final MemoryPieces pieces = new MemoryPieces(3);

    private void assertPieces(long... addressesAndLengths) {
        long[] found = new long[pieces.count() * 2];
        for (int i = 0; i < pieces.count(); i++) {
            found[2 * i] = pieces.address(i);
            found[2 * i + 1] = pieces.length(i);
        }
        assertThat(found).isEqualTo(addressesAndLengths);
    }

    @Test
    void joinsPiecesThatLieOneBehindTheOther() {
        assertThat(pieces.add(0x1000, 0x200)).isTrue();
        assertThat(pieces.add(0x1200, 0x400)).isTrue();
        assertThat(pieces.add(0x1000, 0x200)).isTrue();
        assertPieces(0x1000, 0x600, 0x1000, 0x200);
        assertThat(pieces.bytes()).isEqualTo(0x800);
    }

    @Test
    void takesNoMoreThanItHasRoomFor() {
        for (int i = 0; i < 3; i++) {
            assertThat(pieces.add(0x10000 * (i + 1), 0x200)).isTrue();
        }
        assertThat(pieces.add(0x50000, 0x200)).isFalse();
        assertThat(pieces.bytes()).isEqualTo(0x600);
        assertThat(pieces.add(0x30200, 0x200)).as("joins the last").isTrue();
        pieces.clear();
        assertThat(pieces.add(0x50000, 0x200)).isTrue();
        assertPieces(0x50000, 0x200);
    }

    @Test
    void leavesOutWhatIsTransferred() {
        pieces.add(0x10000, 0x400);
        pieces.add(0x20000, 0x200);
        pieces.add(0x30000, 0x400);
        long vectors = pieces.vectors();
        pieces.dropTo(0x200);
        assertPieces(0x10200, 0x200, 0x20000, 0x200, 0x30000, 0x400);
        pieces.dropTo(0x800);
        assertPieces(0x30200, 0x200);
        assertThat(pieces.vectors() - vectors).as("two vectors further").isEqualTo(32);
        assertThat(pieces.bytes()).as("of all pieces").isEqualTo(0xa00);
    }
}
