package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.frontend.ObservedDevice;
import io.pcache.nbd.RawClient.OptionReply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class NegotiationTest {
    private static final long SIZE = 1 << 20;
    private static final int WRITABLE_FLAGS = 0b1_0110_1101;
    private static final int DF_FLAG = 1 << 7;

    @TempDir
    Path directory;

    private Served served;

    @BeforeEach
    void serve() throws IOException {
        served = new Served(
                directory,
                ObservedDevice.ofMiB(1),
                settings -> settings.withMaxClients(2).withMaxNegotiations(8));
    }

    @AfterEach
    void stop() throws IOException {
        served.close();
    }

    private RawClient client() throws IOException {
        return RawClient.greeted(served.socket);
    }

    private static OptionReply option(RawClient client, int option, byte... data) throws IOException {
        client.sendOption(option, data);
        OptionReply reply = client.receiveOptionReply();
        assertThat(reply.option()).isEqualTo(option);
        return reply;
    }

    private static void assertGoes(RawClient client) throws IOException {
        assertThat(client.go().get(0).getLong()).isEqualTo(SIZE);
        assertThat(client.read(0, 512)).hasSize(512);
    }

    @Test
    void exportNameIsAnsweredWithZeroesUnlessTheClientDoesWithoutThem() throws IOException {
        try (RawClient client = RawClient.connect(served.socket)) {
            client.receive(18);
            client.sendInt(1);
            client.sendOption(RawClient.OPT_EXPORT_NAME);
            ByteBuffer reply = client.receive(8 + 2 + 124);
            assertThat(reply.getLong()).isEqualTo(SIZE);
            assertThat(reply.getShort()).isEqualTo((short) WRITABLE_FLAGS);
            assertThat(client.call(RawClient.READ, 0, 0, 512)).isZero();
        }
        try (RawClient client = client()) {
            client.sendOption(RawClient.OPT_EXPORT_NAME);
            assertThat(client.receive(10).getLong()).isEqualTo(SIZE);
            assertThat(client.call(RawClient.READ, 0, 0, 512)).isZero();
        }
    }

    @Test
    void exportNameOfAnUnknownExportHangsUp() throws IOException {
        try (RawClient client = client()) {
            client.sendOption(RawClient.OPT_EXPORT_NAME, "other".getBytes(StandardCharsets.UTF_8));
            assertThat(client.isHungUp()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void goTellsSizeFlagsAndBlockSizes(boolean structured) throws IOException {
        try (RawClient client = client()) {
            if (structured) {
                client.negotiateStructured();
            }
            var infos = client.go();
            assertThat(infos).containsOnlyKeys(0, 3);
            assertThat(infos.get(0).getLong()).isEqualTo(SIZE);
            assertThat(infos.get(0).getShort())
                    .isEqualTo((short) (structured ? WRITABLE_FLAGS | DF_FLAG : WRITABLE_FLAGS));
            assertThat(infos.get(0).hasRemaining()).isFalse();
            assertThat(List.of(
                            infos.get(3).getInt(),
                            infos.get(3).getInt(),
                            infos.get(3).getInt()))
                    .containsExactly(512, 4096, 32 << 20);
            assertThat(infos.get(3).hasRemaining()).isFalse();
        }
    }

    @Test
    void infoTellsTheSameAndGoesOnNegotiating() throws IOException {
        try (RawClient client = client()) {
            var told = client.infoOrGo(RawClient.OPT_INFO);
            assertThat(served.frontEnd.openCount()).isZero();
            assertThat(client.go()).isEqualTo(told);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawClient.OPT_INFO, RawClient.OPT_GO})
    void unknownExportIsRefused(int option) throws IOException {
        try (RawClient client = client()) {
            assertThat(option(client, option, RawClient.infoRequest("other")).type())
                    .isEqualTo(RawClient.REP_ERR_UNKNOWN);
            assertGoes(client);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "0000000000",
                "00000001 0000",
                "00000000 0001",
                "00000000 0000 00",
                "ffffffff 0000",
                "00000000 ffff 0003",
                "7fffffff 0001 0003"
            })
    void malformedGoIsRefused(String hex) throws IOException {
        try (RawClient client = client()) {
            assertThat(option(client, RawClient.OPT_GO, bytes(hex)).type()).isEqualTo(RawClient.REP_ERR_INVALID);
            assertGoes(client);
        }
    }

    private static byte[] bytes(String hex) {
        return java.util.HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Test
    void listsTheOneExport() throws IOException {
        try (RawClient client = client()) {
            client.sendOption(RawClient.OPT_LIST);
            List<OptionReply> replies = client.receiveOptionReplies();
            assertThat(replies).extracting(OptionReply::type).containsExactly(RawClient.REP_SERVER, RawClient.REP_ACK);
            assertThat(replies.get(0).data()).containsOnly(0).hasSize(4);
            assertThat(option(client, RawClient.OPT_LIST, (byte) 1).type()).isEqualTo(RawClient.REP_ERR_INVALID);
            assertGoes(client);
        }
    }

    @Test
    void abortIsAcknowledged() throws IOException {
        try (RawClient client = client()) {
            assertThat(option(client, RawClient.OPT_ABORT).type()).isEqualTo(RawClient.REP_ACK);
            assertThat(client.isHungUp()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawClient.OPT_STARTTLS, 0, 4, 11, 12, 0x7fffffff, -1})
    void optionsThatWeLackAreUnsupported(int option) throws IOException {
        try (RawClient client = client()) {
            assertThat(option(client, option).type()).isEqualTo(RawClient.REP_ERR_UNSUP);
            assertThat(option(client, option, new byte[100]).type()).isEqualTo(RawClient.REP_ERR_UNSUP);
            assertGoes(client);
        }
    }

    @Test
    void structuredReplyHasNoData() throws IOException {
        try (RawClient client = client()) {
            assertThat(option(client, RawClient.OPT_STRUCTURED_REPLY, (byte) 0).type())
                    .isEqualTo(RawClient.REP_ERR_INVALID);
            assertGoes(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawClient.OPT_LIST_META_CONTEXT, RawClient.OPT_SET_META_CONTEXT})
    void metaContextsNeedStructuredReplies(int option) throws IOException {
        try (RawClient client = client()) {
            assertThat(option(client, option, RawClient.metaContextRequest("", "base:allocation"))
                            .type())
                    .isEqualTo(RawClient.REP_ERR_INVALID);
        }
    }

    @Test
    void listsAndSelectsBaseAllocation() throws IOException {
        try (RawClient client = client()) {
            client.negotiateStructured();
            assertThat(contexts(client, RawClient.OPT_LIST_META_CONTEXT)).containsExactly("base:allocation");
            assertThat(contexts(client, RawClient.OPT_LIST_META_CONTEXT, "base:"))
                    .containsExactly("base:allocation");
            assertThat(contexts(client, RawClient.OPT_LIST_META_CONTEXT, "base:allocation", "x-y:z"))
                    .containsExactly("base:allocation");
            assertThat(contexts(client, RawClient.OPT_LIST_META_CONTEXT, "x-y:z"))
                    .isEmpty();
            assertThat(contexts(client, RawClient.OPT_SET_META_CONTEXT)).isEmpty();
            assertThat(contexts(client, RawClient.OPT_SET_META_CONTEXT, "base:"))
                    .isEmpty();
            assertThat(contexts(client, RawClient.OPT_SET_META_CONTEXT, "qemu:dirty", "base:allocation"))
                    .containsExactly("base:allocation");
            client.go();
            assertThat(client.call(RawClient.BLOCK_STATUS, 0, 0, 4096)).isZero();
        }
    }

    private static List<String> contexts(RawClient client, int option, String... queries) throws IOException {
        client.sendOption(option, RawClient.metaContextRequest("", queries));
        List<String> names = new ArrayList<>();
        for (OptionReply reply : client.receiveOptionReplies()) {
            if (reply.type() == RawClient.REP_META_CONTEXT) {
                names.add(new String(reply.data(), 4, reply.data().length - 4, StandardCharsets.UTF_8));
            } else {
                assertThat(reply.type()).isEqualTo(RawClient.REP_ACK);
            }
        }
        return names;
    }

    @Test
    void metaContextsOfAnotherExportAreRefusedAndForgetTheSelection() throws IOException {
        try (RawClient client = client()) {
            client.negotiateStructured();
            assertThat(contexts(client, RawClient.OPT_SET_META_CONTEXT, "base:allocation"))
                    .hasSize(1);
            byte[] other = RawClient.metaContextRequest("other", "base:allocation");
            assertThat(option(client, RawClient.OPT_SET_META_CONTEXT, other).type())
                    .isEqualTo(RawClient.REP_ERR_UNKNOWN);
            client.go();
            assertThat(client.call(RawClient.BLOCK_STATUS, 0, 0, 4096)).isEqualTo(22);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00000000",
                "00000000 00000001",
                "00000000 00000001 00000005 41",
                "00000000 ffffffff",
                "00000000 00000000 00",
                "ffffffff 00000000",
                "00000000 00000001 ffffffff",
                "00000002 00000000"
            })
    void malformedMetaContextIsRefused(String hex) throws IOException {
        try (RawClient client = client()) {
            client.negotiateStructured();
            assertThat(option(client, RawClient.OPT_SET_META_CONTEXT, bytes(hex))
                            .type())
                    .isEqualTo(RawClient.REP_ERR_INVALID);
            assertThat(option(client, RawClient.OPT_LIST_META_CONTEXT, bytes(hex))
                            .type())
                    .isEqualTo(RawClient.REP_ERR_INVALID);
            assertGoes(client);
        }
    }

    @Test
    void optionThatIsTooLongIsSkipped() throws IOException {
        try (RawClient client = client()) {
            assertThat(option(client, RawClient.OPT_GO, new byte[100_000]).type())
                    .isEqualTo(RawClient.REP_ERR_TOO_BIG);
            assertThat(option(client, 77, new byte[8193]).type()).isEqualTo(RawClient.REP_ERR_TOO_BIG);
            assertThat(option(client, 77, new byte[8192]).type()).isEqualTo(RawClient.REP_ERR_UNSUP);
            assertGoes(client);
        }
    }

    @Test
    void exportNameThatIsTooLongHangsUp() throws IOException {
        try (RawClient client = client()) {
            ByteBuffer header = ByteBuffer.allocate(16)
                    .putLong(0x49484156454f5054L)
                    .putInt(RawClient.OPT_EXPORT_NAME)
                    .putInt(-1)
                    .flip();
            client.send(header);
            assertThat(client.isHungUp()).isTrue();
        }
    }

    @Test
    void wrongOptionMagicHangsUp() throws IOException {
        try (RawClient client = client()) {
            client.send(ByteBuffer.allocate(16)
                    .putLong(0x49484156454f5055L)
                    .putInt(RawClient.OPT_GO)
                    .putInt(0)
                    .flip());
            assertThat(client.isHungUp()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, -1, 0x10001})
    void unknownClientFlagsHangUp(int flags) throws IOException {
        try (RawClient client = RawClient.connect(served.socket)) {
            client.receive(18);
            client.sendInt(flags);
            assertThat(client.isHungUp()).isTrue();
        }
    }

    @Test
    void optionsMayBeSentAhead() throws IOException {
        try (RawClient client = client()) {
            for (int i = 0; i < 150; i++) {
                client.sendOption(RawClient.OPT_LIST);
            }
            for (int i = 0; i < 150; i++) {
                assertThat(client.receiveOptionReplies()).hasSize(2);
            }
            assertGoes(client);
        }
    }

    @Test
    void commandsMayBeSentAhead() throws IOException {
        try (RawClient client = client()) {
            client.sendOption(RawClient.OPT_GO, RawClient.infoRequest("", 3));
            client.sendCommand(RawClient.READ, 0, 7, 0, 512);
            assertThat(client.receiveOptionReplies()).hasSize(3);
            assertThat(client.receiveReply().data()).hasSize(512);
        }
    }

    @Test
    void negotiationMayComeByteByByte() throws IOException {
        try (RawClient client = client()) {
            byte[] data = RawClient.infoRequest("", 3);
            ByteBuffer option = ByteBuffer.allocate(16 + data.length);
            option.putLong(0x49484156454f5054L)
                    .putInt(RawClient.OPT_GO)
                    .putInt(data.length)
                    .put(data)
                    .flip();
            while (option.hasRemaining()) {
                client.send(ByteBuffer.wrap(new byte[] {option.get()}));
            }
            assertThat(client.receiveOptionReplies()).hasSize(3);
            assertThat(client.read(0, 512)).hasSize(512);
        }
    }

    @Test
    void clientsBeyondTheLimitAreRefusedUntilAPlaceIsFree() throws IOException {
        RawClient first = RawClient.simple(served.socket);
        try (RawClient second = RawClient.simple(served.socket);
                RawClient third = client()) {
            assertThat(option(third, RawClient.OPT_GO, RawClient.infoRequest(""))
                            .type())
                    .isEqualTo(RawClient.REP_ERR_POLICY);
            assertThat(served.frontEnd.openCount()).isEqualTo(2);
            try (RawClient fourth = client()) {
                fourth.sendOption(RawClient.OPT_EXPORT_NAME);
                assertThat(fourth.isHungUp()).isTrue();
            }
            assertThat(second.read(0, 512)).hasSize(512);
            first.close();
            Served.await("the place to be free", () -> served.frontEnd.openCount() == 1);
            assertGoes(third);
        }
    }

    @Test
    void oldestHalfOpenConnectionMakesRoomForTheNewest() throws IOException {
        List<RawClient> idle = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            idle.add(client());
        }
        try (RawClient newest = client()) {
            assertThat(idle.get(0).isHungUp()).isTrue();
            assertGoes(newest);
            assertGoes(idle.get(1));
        }
        for (RawClient client : idle) {
            client.close();
        }
    }

    @Test
    void negotiationThatTakesTooLongIsEnded(@TempDir Path other) throws IOException {
        try (Served impatient = new Served(
                        other,
                        ObservedDevice.ofMiB(1),
                        settings -> settings.withNegotiationTimeout(Duration.ofMillis(200)));
                RawClient good = RawClient.simple(impatient.socket);
                RawClient late = RawClient.greeted(impatient.socket)) {
            long start = System.nanoTime();
            assertThat(late.isHungUp()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
            assertThat(good.read(0, 512)).hasSize(512);
        }
    }
}
