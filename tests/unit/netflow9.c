// SPDX-License-Identifier: GPL-2.0-only
/*
 * The NetFlow v9 encoder, see records.h.
 */
#include "layouts.h"

#include "../../src/protocol/netflow9.c"

#include "decoder9.h"
#include "records.h"

/* RFC 3954 section 5.1; the decoder has compared the count. */
static void check_header(const u8 *message, unsigned int records, unsigned int templates)
{
	check(decoder_number(message + 2, 2) == records + templates, "count");
	check(decoder_number(message + 4, 4) == (u32)shim_boot_ms, "uptime");
	check(decoder_number(message + 8, 4) == (u32)(shim_real_ns / 1000000000), "seconds");
	check(decoder_number(message + 16, 4) == 0x12345678, "source id");
}

/* What has no place in NetFlow v9 is left out, and that is no failure. */
static void test_left_out(void)
{
	const struct nfl_layout layout = nfl_layout_of_flow(&nfl_netflow9_templates, 0, 0);
	struct nfl_body *body = body_new(1500);

	check(nfl_netflow9.add(body, NFL_RECORD_OPTIONS, NFL_TEMPLATE_FLOW_KEYS,
			       &layout), "it is taken");
	check(!body->length && !body->records, "%u octets", body->length);
	kfree(body);
	test("flow key options are not sent");
}

int main(void)
{
	under_test.protocol = &nfl_netflow9;
	under_test.align = 4;
	under_test.decode = decode9;
	under_test.check_header = check_header;
	tap_begin();
	test_protocol(4);
	test_left_out();
	return tap_end();
}
