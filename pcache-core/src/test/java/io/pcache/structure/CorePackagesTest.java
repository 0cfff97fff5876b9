package io.pcache.structure;

/** Of pcache-core. */
class CorePackagesTest extends PackageOrder {}
