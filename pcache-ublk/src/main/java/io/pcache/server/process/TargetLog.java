package io.pcache.server.process;

import io.pcache.control.LogLevel;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Writes a target's log to a file, which is started anew at 1 MiB (one older file is kept), and to the system's journal
 * where there is one.
 *
 * <p>A thread of its own writes the lines. A thread that logs never waits: when more lines come than can be written,
 * lines are dropped and counted. A log that cannot be written (a full disk) is no reason to stop.
 */
final class TargetLog extends Handler {
    private static final int FILE_BYTES = 1 << 20;
    private static final int QUEUED = 1024;
    private static final Path JOURNAL = Path.of("/run/systemd/journal/socket");
    /**
     * Referred to, because the level would be forgotten with the logger. Nobody wants what libraries say below INFO.
     */
    private static final Logger OURS = Logger.getLogger("io.pcache");

    private static volatile LogLevel level = LogLevel.INFO;
    private static final LogRecord END = new LogRecord(Level.OFF, "");

    private final BlockingQueue<LogRecord> queue = new ArrayBlockingQueue<>(QUEUED);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread = new Thread(this::write, "log");
    private final Formatter formatter = new LineFormatter();
    private final RotatingFile file;
    private final Journal journal;

    private TargetLog(RotatingFile file, Journal journal) {
        this.file = file;
        this.journal = journal;
    }

    /** Makes this the only handler of what the process logs. */
    static TargetLog install(Path logFile, String deviceName) {
        TargetLog log = new TargetLog(new RotatingFile(logFile, FILE_BYTES), Journal.open(deviceName));
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(Level.INFO);
        root.addHandler(log);
        log.thread.setDaemon(true);
        log.thread.start();
        return log;
    }

    /** Sets the level of the process's logging. From any thread. */
    static void setLevel(LogLevel wanted) {
        level = wanted;
        Level ours = switch (wanted) {
            case ERROR -> Level.SEVERE;
            case WARNING -> Level.WARNING;
            case INFO -> Level.INFO;
            case DEBUG -> Level.FINE;
        };
        OURS.setLevel(ours);
        Logger.getLogger("").setLevel(wanted == LogLevel.DEBUG ? Level.INFO : ours);
    }

    static LogLevel level() {
        return level;
    }

    @Override
    public void publish(LogRecord record) {
        if (!queue.offer(record)) {
            dropped.incrementAndGet();
        }
    }

    private void write() {
        try {
            for (LogRecord record = queue.take(); record != END; record = queue.take()) {
                long lost = dropped.getAndSet(0);
                if (lost > 0) {
                    write(new LogRecord(Level.WARNING, lost + " lines of the log were dropped"));
                }
                write(record);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(LogRecord record) {
        file.append(formatter.format(record).getBytes(StandardCharsets.UTF_8));
        if (journal != null) {
            journal.write(record);
        }
    }

    @Override
    public void flush() {
        // The thread writes each line through.
    }

    /** Writes the lines that are queued, for at most two seconds. */
    @Override
    public void close() {
        try {
            if (queue.offer(END, 1, TimeUnit.SECONDS)) {
                thread.join(TimeUnit.SECONDS.toMillis(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@code 2026-11-22T08:00:00.123Z WARNING [thread] text}, and the stack trace of an exception below it. */
    private static final class LineFormatter extends Formatter {
        @Override
        public String format(LogRecord record) {
            StringBuilder line = new StringBuilder(160)
                    .append(record.getInstant().truncatedTo(ChronoUnit.MILLIS))
                    .append(' ')
                    .append(record.getLevel().getName())
                    .append(" [")
                    .append(simpleName(record.getLoggerName()))
                    .append("] ")
                    .append(formatMessage(record))
                    .append('\n');
            if (record.getThrown() != null) {
                StringWriter trace = new StringWriter();
                record.getThrown().printStackTrace(new PrintWriter(trace));
                line.append(trace);
            }
            return line.toString();
        }

        private static String simpleName(String logger) {
            return logger == null ? "" : logger.substring(logger.lastIndexOf('.') + 1);
        }
    }

    /** systemd's journal by its datagram protocol: {@code FIELD=value} lines. */
    private static final class Journal {
        private static final int ERROR = 3;
        private static final int WARNING = 4;
        private static final int INFORMATION = 6;

        private final String deviceName;
        private final int socket;

        private Journal(String deviceName, int socket) {
            this.deviceName = deviceName;
            this.socket = socket;
        }

        /** Null on a system without a journal. */
        static Journal open(String deviceName) {
            if (!Files.exists(JOURNAL)) {
                return null;
            }
            try {
                return new Journal(deviceName, SystemCalls.linux().connectUnixDatagram(JOURNAL.toString()));
            } catch (SystemCallException e) {
                return null;
            }
        }

        void write(LogRecord record) {
            int level = record.getLevel().intValue();
            int priority = level >= Level.SEVERE.intValue()
                    ? ERROR
                    : level >= Level.WARNING.intValue() ? WARNING : INFORMATION;
            String cause = record.getThrown() == null ? "" : ": " + record.getThrown();
            // A newline would end the field: the simple form of the protocol has no way to write one.
            String message = (deviceName + ": " + record.getMessage() + cause).replace('\n', ' ');
            String fields = "MESSAGE=" + message + "\nPRIORITY=" + priority
                    + "\nSYSLOG_IDENTIFIER=pcache-target\nPCACHE_DEVICE=" + deviceName.replace('\n', ' ') + "\n";
            // A journal that is too busy misses a line, which the file has.
            SystemCalls.linux().sendNow(socket, fields.getBytes(StandardCharsets.UTF_8));
        }
    }
}
