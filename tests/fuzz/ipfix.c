// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the IPFIX encoder, see records.h.
 */
#include "../unit/layouts.h"

#include "../../src/protocol/ipfix.c"

#include "../unit/decoder.h"

#define PROTOCOL	nfl_ipfix
#define DECODE		decode

#include "records.h"
