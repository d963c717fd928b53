/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Macros that generate code and tables from lines F(element, octets, key, value). A block,
 * BLOCK_name(F), is a list of lines. The field specifiers of a template and its encoder are
 * generated from the same lines. The encoder is straight code without a loop over fields,
 * since a router may write a million records per second.
 */
#ifndef NFL_PROTOCOL_FIELD_LIST_H
#define NFL_PROTOCOL_FIELD_LIST_H

#include <linux/string.h>

#include "compat/unaligned.h"
#include "protocol/template.h"

#define KEY	true
#define VALUE	false

#define PUT_1(at, value)	(*(at) = (u8)(value))
#define PUT_2(at, value)	put_unaligned((__be16)(value), (__be16 *)(at))
#define PUT_3(at, value)	memcpy(at, value, 3)
#define PUT_4(at, value)	put_unaligned((__be32)(value), (__be32 *)(at))
#define PUT_6(at, value)	memcpy(at, value, 6)
#define PUT_8(at, value)	put_unaligned((__be64)(value), (__be64 *)(at))
#define PUT_16(at, value)	memcpy(at, value, 16)
#define PUT_32(at, value)	memcpy(at, value, 32)
#define PUT_48(at, value)	memcpy(at, value, 48)

#define FIELD(_element, _length, _key, _value)					\
	{ .element = NFL_##_element, .length = _length, .key = _key },
#define FIELD_COUNT(_element, _length, _key, _value)	+ 1
#define FIELD_LENGTH(_element, _length, _key, _value)	+ (_length)
#define FIELD_PUT(_element, _length, _key, _value)	PUT_##_length(at, _value); at += (_length);

#define BLOCK_FIELDS(block)	BLOCK_##block(FIELD)
#define BLOCK_COUNT(block)	BLOCK_##block(FIELD_COUNT)
#define BLOCK_LENGTH(block)	BLOCK_##block(FIELD_LENGTH)
#define BLOCK_PUT(block)	BLOCK_##block(FIELD_PUT)

#endif /* NFL_PROTOCOL_FIELD_LIST_H */
