// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the parser of conntrack's messages. The first octet of the input selects the
 * message type; the rest is the message after its header. The parser must not read past
 * the end, and whatever it accepts must be a connection.
 */
#include "../../src/nat/connection.c"

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	struct nfl_connection connection;
	struct nlmsghdr *nlh;

	if (!size)
		return 0;
	nlh = malloc(NLMSG_HDRLEN + size - 1);
	memset(nlh, 0, NLMSG_HDRLEN);
	nlh->nlmsg_len = NLMSG_HDRLEN + size - 1;
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | (*input & 3);
	memcpy((u8 *)nlh + NLMSG_HDRLEN, input + 1, size - 1);
	if (nfl_connection_parse(nlh, &connection) &&
	    ((connection.family != AF_INET && connection.family != AF_INET6) ||
	     connection.is_new != !(*input & 3) ||
	     connection.is_translated != !!memcmp(&connection.before, &connection.after,
						  sizeof(connection.before)))) {
		fprintf(stderr, "it makes no sense\n");
		abort();
	}
	free(nlh);
	return 0;
}
