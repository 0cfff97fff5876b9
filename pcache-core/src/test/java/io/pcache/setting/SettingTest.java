package io.pcache.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {

    @ParameterizedTest
    @EnumSource
    void theDefaultIsAValueAsItIsKept(Setting setting) {
        assertThat(setting.range().read(setting.defaultValue())).isEqualTo(setting.defaultValue());
        assertThat(Setting.of(setting.key())).isSameAs(setting);
        assertThat(setting.meaning()).isNotBlank().doesNotEndWith(".");
    }

    @ParameterizedTest
    @CsvSource({"0,0", "90,90", "007,7", "+70,70", "+0,0", "00,0"})
    void numbersAreReadAsTheKernelReadsThem(String given, String kept) {
        assertThat(Setting.GC_PERCENT.range().read(given)).isEqualTo(kept);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "+", "91", "-1", "7x", " 7", "0x10", "++7", "99999999999999999999", "٧"})
    void whatIsNoNumberInTheRangeIsNoValue(String given) {
        assertThat(Setting.GC_PERCENT.range().read(given)).isNull();
    }

    @Test
    void wordsHaveACase() {
        assertThat(Setting.DATA_CRC.range().read("true")).isEqualTo("true");
        assertThat(Setting.DATA_CRC.range().read("True")).isNull();
        assertThat(Setting.DATA_CRC.range().inWords()).isEqualTo("true or false");
        assertThat(Setting.LOG_LEVEL.range().inWords()).isEqualTo("error, warning, info or debug");
        assertThat(Setting.GC_PERCENT.range().inWords()).isEqualTo("0 to 90 percent");
    }

    @Test
    void whatWasNotGivenHasItsDefault() {
        SettingValues values = SettingValues.DEFAULTS.with(Setting.DATA_CRC, "true");
        assertThat(values.flag(Setting.DATA_CRC)).isTrue();
        assertThat(values.number(Setting.GC_PERCENT)).isEqualTo(70);
        assertThat(SettingValues.DEFAULTS.flag(Setting.DATA_CRC)).isFalse();
        assertThat(values.optionWords()).isEqualTo("4 cache_mode writeback data_crc true");
        assertThatThrownBy(() -> values.with(Setting.GC_PERCENT, "95"))
                .hasMessage("gc_percent must be 0 to 90 percent");
    }
}
