package io.pcache.structure;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The packages of a module use each other in one direction only. So each package can be read, and tested, with nothing
 * but the packages below it. A module takes part by a subclass among its tests.
 */
public abstract class PackageOrder {
    /** Surefire runs the tests of a module in the module's folder. */
    private static final Path CLASSES = Path.of("target", "classes");

    @Test
    void noPackageUsesAnotherThatUsesIt() {
        JavaClasses classes = new ClassFileImporter().importPath(CLASSES);
        assertThat(classes).as("classes in " + CLASSES.toAbsolutePath()).isNotEmpty();
        slices().matching("io.pcache.(**)").should().beFreeOfCycles().check(classes);
    }
}
