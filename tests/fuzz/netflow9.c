// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the NetFlow v9 encoder, see records.h.
 */
#include "../unit/layouts.h"

#include "../../src/protocol/netflow9.c"

#include "../unit/decoder9.h"

#define PROTOCOL	nfl_netflow9
#define DECODE		decode9

#include "records.h"
