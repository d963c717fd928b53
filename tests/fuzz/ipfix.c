// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the IPFIX encoder, see records.h.
 */
#include "../../src/flow/selector.c"
#include "../../src/protocol/template.c"
#include "../../src/protocol/layout.c"
#include "../../src/protocol/optional_fields.c"
#include "../../src/protocol/ipfix.c"

#include "../unit/decoder.h"

#define PROTOCOL	nfl_ipfix
#define DECODE		decode

#include "records.h"
