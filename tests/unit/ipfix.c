// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IPFIX encoder, see records.h.
 */
#include "layouts.h"

#include "../../src/protocol/ipfix.c"

#include "records.h"

/* RFC 7011 section 3.1 */
static void check_header(const u8 *message, unsigned int records, unsigned int templates)
{
	check(decoder_number(message + 4, 4) == (u32)(shim_real_ns / 1000000000), "export time");
	check(decoder_number(message + 12, 4) == 0x12345678, "observation domain");
}

int main(void)
{
	under_test.protocol = &nfl_ipfix;
	under_test.align = 1;
	under_test.decode = decode;
	under_test.check_header = check_header;
	tap_begin();
	test_protocol(4);
	return tap_end();
}
