package io.pcache.structure;

/** Tests the packages of pcache-core. */
class CorePackagesTest extends PackageOrder {}
