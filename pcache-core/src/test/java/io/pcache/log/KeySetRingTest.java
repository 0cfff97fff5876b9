package io.pcache.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.media.Checksum;
import io.pcache.media.KeySetLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeySetRingTest {
    private static final long DEVICE_BYTES = 1L << 30;
    private static final byte ACTIVATION = -3;
    private static final int CHANCES = 200;

    @TempDir
    private Path folder;

    private Path file;
    private KeySetRing ring;
    private final Random random = new Random(1);

    @BeforeEach
    void open() throws IOException {
        file = folder.resolve("ring");
        ring = KeySetRing.in(file);
        ring.begin(DEVICE_BYTES, ACTIVATION);
    }

    /**
     * What a successor would take from these bytes: the numbers, places and keys of the key-sets that are not
     * committed; null if the successor would take the ring for another cache's.
     */
    private String left(byte[] bytes) throws IOException {
        Path copy = folder.resolve("copy");
        Files.write(copy, bytes);
        KeySetRing found = KeySetRing.in(copy);
        if (!found.isOf(DEVICE_BYTES, ACTIVATION)) {
            return null;
        }
        List<String> keySets = new ArrayList<>();
        Key key = new Key();
        for (long number = found.committed();
                found.keySet(number).load(number) && found.keySet(number).keys > 0;
                number++) {
            KeySetBuffer keySet = found.keySet(number);
            keySets.add("#" + number + " at " + keySet.position + " from " + keySet.hopFrom);
            for (int i = 0; i < keySet.keys; i++) {
                key.read(keySet.bytes, KeySetLayout.key(i));
                keySets.add(key.offset + "+" + key.length + " " + key.flags + " " + key.segment + ":" + key.place + " "
                        + key.generation + " " + key.dataCrc);
            }
        }
        return keySets.toString();
    }

    private interface Change {
        void make() throws IOException;
    }

    /**
     * A kill in the middle of a change leaves the old state or the new state, whichever stores were made before the
     * store at {@code deciding}.
     */
    private void isAllOrNothing(int deciding, Change change) throws IOException {
        byte[] before = Files.readAllBytes(file);
        change.make();
        byte[] after = Files.readAllBytes(file);
        ByteBuffer old = words(before);
        ByteBuffer made = words(after);
        String expected = left(before);
        assertThat(left(after)).isNotEqualTo(expected);
        assertThat(old.getLong(deciding)).isNotEqualTo(made.getLong(deciding));
        for (int chance = 0; chance < CHANCES; chance++) {
            byte[] killed = before.clone();
            for (int word = 0; word < killed.length; word += Long.BYTES) {
                if (word != deciding && random.nextBoolean()) {
                    words(killed).putLong(word, made.getLong(word));
                }
            }
            assertThat(left(killed)).isEqualTo(expected);
        }
    }

    private static ByteBuffer words(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void add(long number, int key) {
        ring.keySet(number).add(key * 4096L, 4096, key % 2, 3, key * 4096, 7, 0x1234567 + key);
    }

    private void fill(long number) {
        for (int key = 0; key < KeySetLayout.MAX_KEYS; key++) {
            add(number, key);
        }
    }

    private static int slot(long number) {
        return 64 + (int) (number % KeySetRing.SIZE) * KeySetBuffer.SLOT_BYTES;
    }

    @Test
    void isTheRingOfOneActivationOnly() throws IOException {
        assertThat(KeySetRing.in(file).isOf(DEVICE_BYTES, ACTIVATION)).isTrue();
        assertThat(KeySetRing.in(file).isOf(DEVICE_BYTES, (byte) (ACTIVATION + 1)))
                .isFalse();
        assertThat(KeySetRing.in(file).isOf(DEVICE_BYTES + 1, ACTIVATION)).isFalse();
    }

    @Test
    void belongsToBothActivationsWhileTheCacheInfoIsStored() throws IOException {
        byte next = ACTIVATION + 1;
        ring.bindTo(ACTIVATION, next);
        assertThat(ring.isOf(DEVICE_BYTES, ACTIVATION)).isTrue();
        assertThat(ring.isOf(DEVICE_BYTES, next)).isTrue();
        ring.bindTo(next, next);
        assertThat(ring.isOf(DEVICE_BYTES, ACTIVATION)).isFalse();
        assertThat(ring.isOf(DEVICE_BYTES, next)).isTrue();
    }

    @Test
    void isNotBelievedAfterAReboot() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[8] ^= 1;
        assertThat(left(bytes)).isNull();
    }

    @Test
    void isNotBelievedWhereItIsNew() throws IOException {
        assertThat(KeySetRing.in(folder.resolve("new")).isOf(0, (byte) 0)).isFalse();
        assertThat(KeySetRing.inProcess().isOf(0, (byte) 0)).isFalse();
    }

    @Test
    void takesAFileOfAnotherSizeForANewOne() throws IOException {
        Files.write(file, new byte[] {1, 2, 3});
        assertThat(KeySetRing.in(file).isOf(DEVICE_BYTES, ACTIVATION)).isFalse();
        assertThat(file).hasSize(KeySetRing.BYTES);
    }

    @Test
    void hasAKeyWhenItsCountIsStored() throws IOException {
        ring.keySet(0).open(0, 4096, KeySetBuffer.NO_HOP);
        isAllOrNothing(slot(0) + 24, () -> add(0, 1));
        isAllOrNothing(slot(0) + 24, () -> add(0, 2));
    }

    @Test
    void hasAKeySetInAUsedSlotOnceItsNumberIsStored() throws IOException {
        for (long number = 0; number < KeySetRing.SIZE; number++) {
            ring.keySet(number).open(number, number * KeySetLayout.MAX_BYTES, KeySetBuffer.NO_HOP);
            fill(number);
        }
        ring.committed(10);
        long number = KeySetRing.SIZE;
        byte[] before = Files.readAllBytes(file);
        ring.keySet(number).open(number, 1L << 24, number * KeySetLayout.MAX_BYTES);
        // The slot is still empty, so whatever a kill leaves of this change is the old state.
        assertThat(left(Files.readAllBytes(file))).isEqualTo(left(before));
        isAllOrNothing(slot(number) + 24, () -> add(number, 5));
    }

    @Test
    void strikesCommittedKeySetsOffInOneStore() throws IOException {
        for (long number = 0; number < 3; number++) {
            ring.keySet(number).open(number, number * KeySetLayout.MAX_BYTES, KeySetBuffer.NO_HOP);
            fill(number);
        }
        isAllOrNothing(40, () -> ring.committed(2));
        assertThat(left(Files.readAllBytes(file))).startsWith("[#2 ").doesNotContain("#1 ");
    }

    @Test
    void keepsItsKeysWhileTheyAreMadeReadyForTheMedium() throws IOException {
        ring.keySet(0).open(0, 4096, KeySetBuffer.NO_HOP);
        fill(0);
        String before = left(Files.readAllBytes(file));
        ring.keySet(0).finish(new Checksum());
        assertThat(left(Files.readAllBytes(file))).isEqualTo(before);
    }

    @Test
    void isNobodysWhileItIsEmptiedAndEmptyAfterwards() throws IOException {
        ring.keySet(0).open(0, 4096, KeySetBuffer.NO_HOP);
        fill(0);
        ring.begin(DEVICE_BYTES, ACTIVATION);
        assertThat(left(Files.readAllBytes(file))).isEqualTo("[]");
        ring.discard();
        assertThat(file).doesNotExist();
        assertThat(ring.isOf(DEVICE_BYTES, ACTIVATION)).isFalse();
    }
}
