// SPDX-License-Identifier: GPL-2.0-only
/*
 * Current names of interfaces, and names of protocols. The names of protocols are built in:
 * a router may lack /etc/protocols.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "names.h"

static struct if_nameindex *interfaces;
static unsigned int interfaces_count;

static int by_index(const void *a, const void *b)
{
	const struct if_nameindex *first = a, *second = b;

	return (first->if_index > second->if_index) - (first->if_index < second->if_index);
}

/**
 * interface_names_read() - read the names of all interfaces
 *
 * They are read at once, because there may be thousands of interfaces and more flows.
 */
void interface_names_read(void)
{
	if (interfaces)
		if_freenameindex(interfaces);
	interfaces = if_nameindex();
	interfaces_count = 0;
	while (interfaces && interfaces[interfaces_count].if_index)
		interfaces_count++;
	if (interfaces)
		qsort(interfaces, interfaces_count, sizeof(*interfaces), by_index);
}

/**
 * interface_name() - the name of an interface
 * @index: number of the interface, 0 for none
 *
 * Return: the name, "-" for none, or the number if the interface no longer exists. The
 * string is valid for the next three calls.
 */
const char *interface_name(uint32_t index)
{
	const struct if_nameindex key = { .if_index = index }, *found = NULL;
	static char texts[4][16];
	static unsigned int next;
	char *text;

	if (!index)
		return "-";
	if (interfaces_count)
		found = bsearch(&key, interfaces, interfaces_count, sizeof(key), by_index);
	if (found)
		return found->if_name;
	text = texts[next++ % 4];
	snprintf(text, sizeof(texts[0]), "%u", index);
	return text;
}

static const struct {
	uint8_t number;
	const char *name;
} protocols[] = {
	{ 1, "icmp" },
	{ 2, "igmp" },
	{ 4, "ipip" },
	{ 6, "tcp" },
	{ 17, "udp" },
	{ 33, "dccp" },
	{ 41, "ipv6" },
	{ 46, "rsvp" },
	{ 47, "gre" },
	{ 50, "esp" },
	{ 51, "ah" },
	{ 58, "icmp6" },
	{ 88, "eigrp" },
	{ 89, "ospf" },
	{ 103, "pim" },
	{ 112, "vrrp" },
	{ 115, "l2tp" },
	{ 132, "sctp" },
	{ 136, "udplite" },
	{ 137, "mpls" },
};

#define PROTOCOLS	(sizeof(protocols) / sizeof(protocols[0]))

/* Return a protocol's name, or its number as text. It is valid until the next call. */
const char *protocol_name(uint8_t number)
{
	static char text[4];
	unsigned int i;

	for (i = 0; i < PROTOCOLS; i++) {
		if (protocols[i].number == number)
			return protocols[i].name;
	}
	snprintf(text, sizeof(text), "%u", number);
	return text;
}

/**
 * protocol_number() - parse a protocol
 * @name: name or number of the protocol
 * @number: set to its number
 *
 * Return: true if there is such a protocol.
 */
bool protocol_number(const char *name, uint8_t *number)
{
	unsigned long value;
	unsigned int i;
	char *end;

	for (i = 0; i < PROTOCOLS; i++) {
		if (!strcasecmp(protocols[i].name, name)) {
			*number = protocols[i].number;
			return true;
		}
	}
	value = strtoul(name, &end, 10);
	if (*name < '0' || *name > '9' || *end || value > UINT8_MAX)
		return false;
	*number = value;
	return true;
}
