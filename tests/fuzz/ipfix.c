// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzing the IPFIX encoder, see records.h.
 */
#include "../../src/selector.c"
#include "../../src/template.c"
#include "../../src/layout.c"
#include "../../src/ipfix.c"

#include "../unit/decoder.h"

#define PROTOCOL	nfl_ipfix
#define DECODE		decode

#include "records.h"
