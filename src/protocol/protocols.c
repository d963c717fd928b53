// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of export protocols.
 */
#include <linux/errno.h>

#include "protocol/protocol.h"

const struct nfl_protocol *const nfl_protocols[NFL_PROTOCOLS] = {
	[NFL_IPFIX] = &nfl_ipfix,
	[NFL_NETFLOW9] = &nfl_netflow9,
	[NFL_NETFLOW5] = &nfl_netflow5,
};

/**
 * nfl_protocol_find() - find the protocol with a version number
 * @version: the version number in message headers
 *
 * Return: the &enum nfl_protocol_index, or -EINVAL.
 */
int nfl_protocol_find(u32 version)
{
	int i;

	for (i = 0; i < NFL_PROTOCOLS; i++) {
		if (nfl_protocols[i]->version == version)
			return i;
	}
	return -EINVAL;
}
