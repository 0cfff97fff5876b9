package io.pcache.server;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Keeps what the tested classes log, as they should, out of the test's output. */
public final class QuietLog implements BeforeAllCallback, AfterAllCallback {
    // Held, or the level would be forgotten with the logger.
    private static final Logger TARGET = Logger.getLogger("io.pcache.server");

    @Override
    public void beforeAll(ExtensionContext context) {
        TARGET.setLevel(Level.OFF);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        TARGET.setLevel(null);
    }
}
