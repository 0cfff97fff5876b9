package io.pcache.dmctl;

import io.pcache.structure.PackageOrder;

/** Of pcache-dmctl. */
class ControllerPackagesTest extends PackageOrder {}
