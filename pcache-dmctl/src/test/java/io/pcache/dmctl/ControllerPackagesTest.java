package io.pcache.dmctl;

import io.pcache.structure.PackageOrder;

/** The packages of pcache-dmctl. */
class ControllerPackagesTest extends PackageOrder {}
