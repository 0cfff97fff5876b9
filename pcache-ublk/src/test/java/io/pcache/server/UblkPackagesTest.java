package io.pcache.server;

import io.pcache.structure.PackageOrder;

/** Of pcache-ublk. */
class UblkPackagesTest extends PackageOrder {}
