package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceNameTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "pc,pc",
                "my disk,my\\x20disk",
                "\\x20a,\\x20a",
                "a/b,a\\x2fb",
                "a\\b,a\\x5cb",
                "a\\x2,a\\x5cx2",
                "a\\xzz,a\\x5cxzz",
                "#+-.:=@_,#+-.:=@_",
                "\u00e9,\\xc3\\xa9"
            })
    void manglesAsLibdevmapperDoes(String typed, String stored) {
        assertThat(DeviceName.mangle(typed)).isEqualTo(stored);
        assertThat(DeviceName.isStoredForm(stored)).isTrue();
    }

    @Test
    void refusesAMixOfEncodedAndRaw() {
        assertThat(DeviceName.mangle("a\\x20 b")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "my disk", "a/b", "a\\b", "\u00e9\u4e2d", "%&'\"$;|<>*?[]{}()!,~^`"})
    void unmanglesToWhatWasTyped(String name) {
        assertThat(DeviceName.unmangle(DeviceName.mangleHex(name))).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "control", ".", "..", "a/b", "../x", "a b", "a\\", "a\u0000b", "\u00e9"})
    void refusesNamesThatAreNoDevice(String stored) {
        assertThat(DeviceName.refusal(stored)).isNotNull();
    }

    @Test
    void bytesThatAreNotUtf8AreKeptApartAndShownEncoded() {
        String typed = ByteText.decode(new byte[] {'a', ' ', (byte) 0xff});
        String other = ByteText.decode(new byte[] {'a', ' ', (byte) 0xfe});
        assertThat(DeviceName.mangle(typed)).isEqualTo("a\\x20\\xff");
        assertThat(DeviceName.mangle(other)).isEqualTo("a\\x20\\xfe");
        assertThat(DeviceName.unmangle("a\\x20\\xff")).as("can be typed").isEqualTo("a\\x20\\xff");
        assertThat(DeviceName.mangle(DeviceName.unmangle("a\\x20\\xff"))).isEqualTo("a\\x20\\xff");
    }

    @Test
    void takesNamesUpTo127Bytes() {
        assertThat(DeviceName.refusal("x".repeat(127))).isNull();
        assertThat(DeviceName.refusal("x".repeat(128))).isNotNull();
    }
}
