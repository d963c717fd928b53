// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of a log, written into a message for one destination: in its protocol, up to the
 * length that its path allows.
 *
 * Context: process, under the sender's lock.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "flow/fields.h"
#include "protocol/layouts.h"
#include "transport/encode.h"

/* All parts of a flow. */
#define NFL_WHOLE	U32_MAX

/*
 * NetFlow v5 has counters of 32 bits: a flow with more is sent in parts. Return the number
 * of parts.
 */
static u32 parts_of(const struct nfl_encoder *encoder, const struct nfl_flow *flow)
{
	if (likely(encoder->protocol->templates || (flow->octets | flow->packets) <= U32_MAX))
		return 1;
	return div64_u64(max(flow->octets, flow->packets) - 1, U32_MAX) + 1;
}

/* The share of part number @part of a count. */
static u64 share(u64 count, u32 parts, u32 part)
{
	u64 rest;
	const u64 each = div64_u64(count, parts);

	rest = count - each * parts;
	return each + (part < rest);
}

/*
 * Write the parts of a flow that are not written yet, up to part number @until. Returns false
 * if there is no room.
 */
static bool parts_add(struct nfl_encoder *encoder, enum nfl_family family,
		      const struct nfl_record *whole, u32 parts, u32 until)
{
	struct nfl_record record = *whole;
	struct nfl_flow4_wide part;

	/* it has no IPv6 flows */
	memcpy(&part, whole->flow, nfl_family_is_wide(family) ? sizeof(struct nfl_flow4_wide) :
								sizeof(struct nfl_flow4));
	record.flow = &part.flow;
	if (record.wide)
		record.wide = &part.wide;
	for (; encoder->at.part < min(parts, until); encoder->at.part++) {
		part.flow.octets = share(whole->flow->octets, parts, encoder->at.part);
		part.flow.packets = share(whole->flow->packets, parts, encoder->at.part);
		if (!encoder->protocol->add(encoder->body, NFL_RECORD_FLOW, family, &record))
			return false;
	}
	return true;
}

static bool takes(const struct nfl_encoder *encoder, enum nfl_record_kind kind,
		  unsigned int which, const void *source)
{
	return !encoder->protocol->takes || encoder->protocol->takes(kind, which, source);
}

/* Pass over a record that the protocol cannot express. */
static void withhold(struct nfl_encoder *encoder, struct nfl_block *block)
{
	const u64 record = BIT_ULL(encoder->at.index);

	encoder->is_partial = true;
	nfl_block_sum(block, record, &encoder->passed);
	if (!(block->withheld & record))
		nfl_block_sum(block, record, &encoder->withheld);
	block->withheld |= record;
}

/* Have the layouts of flows with extra fields. Returns false without memory. */
static bool layouts_make(struct nfl_encoder *encoder, u16 extras)
{
	if (likely(extras == encoder->extras))
		return true;
	if (encoder->protocol->templates && !nfl_layouts_of(encoder->protocol->templates, extras))
		return false;
	encoder->extras = extras;
	return true;
}

/* Write a flow, or its parts up to part number @until. */
static enum nfl_encoded flow_add(struct nfl_encoder *encoder, struct nfl_block *block,
				 struct nfl_record *record, u32 until)
{
	const enum nfl_family family = block->family;
	const struct nfl_flow *flow = nfl_block_record(block, encoder->at.index);
	u32 parts;

	if (unlikely(!takes(encoder, NFL_RECORD_FLOW, family, NULL))) {
		withhold(encoder, block);
		return NFL_ENCODED_ALL;
	}
	record->flow = flow;
	record->iif = nfl_flow_iif(flow, family);
	record->oif = flow->oif;
	record->extras = block->added;
	if (nfl_family_is_wide(family)) {
		record->wide = nfl_flow_wide(flow, family);
		record->extras |= record->wide->link.extras;
		record->physical_iif = record->wide->details.physical_iif;
		record->physical_oif = record->wide->details.physical_oif;
	}
	record->extras &= encoder->allowed;
	if (unlikely(record->extras)) {
		record->source_length = flow->next >> 8;
		record->destination_length = flow->next;
		if (!layouts_make(encoder, record->extras))
			return NFL_ENCODED_NO_MEMORY;
	}
	parts = parts_of(encoder, flow);
	if (likely(parts == 1)) {
		if (!encoder->protocol->add(encoder->body, NFL_RECORD_FLOW, family, record))
			return NFL_ENCODED_FULL;
	} else if (!parts_add(encoder, family, record, parts, until)) {
		return NFL_ENCODED_FULL;
	}
	if (likely(until == NFL_WHOLE))
		nfl_account_add(&encoder->sum, flow);
	return NFL_ENCODED_ALL;
}

static enum nfl_encoded event_add(struct nfl_encoder *encoder, struct nfl_block *block)
{
	const struct nfl_stored_event *event = nfl_block_record(block, encoder->at.index);
	struct nfl_nat_record record = event->record;

	record.before = &event->before;
	record.after = &event->after;
	record.realtime = encoder->realtime;
	record.clock = encoder->clock;
	if (!takes(encoder, NFL_RECORD_NAT_EVENT, 0, &record)) {
		withhold(encoder, block);
		return NFL_ENCODED_ALL;
	}
	if (!encoder->protocol->add(encoder->body, NFL_RECORD_NAT_EVENT, 0, &record))
		return NFL_ENCODED_FULL;
	encoder->sum.flows++;
	return NFL_ENCODED_ALL;
}

/* Add to a record what differs by session: its domain, and what it has counted. */
static void options_tell(const struct nfl_encoder *encoder, struct nfl_stored_options *options)
{
	const struct nfl_told *told = encoder->told;

	switch (options->which) {
	case NFL_TEMPLATE_METERING_STATISTICS:
		options->statistics.domain = encoder->domain;
		options->statistics.messages = told->messages;
		options->statistics.octets = told->octets;
		options->statistics.flows = told->sent[NFL_LOG_FLOWS].flows;
		options->statistics.start_time = encoder->realtime + told->since;
		break;
	case NFL_TEMPLATE_METERING_RELIABILITY:
		options->metering.domain = encoder->domain;
		break;
	case NFL_TEMPLATE_EXPORTING_RELIABILITY:
		/*
		 * No information element counts lost NAT events. So the reporting of NAT
		 * sessions has an exporting process id of its own, and its records are the
		 * NAT events.
		 */
		options->exporting.process = encoder->domain + (options->log == NFL_LOG_EVENTS);
		options->exporting.flows += told->lost[options->log].flows;
		options->exporting.packets += told->lost[options->log].packets;
		options->exporting.octets += told->lost[options->log].octets;
		if (!options->exporting.first)
			options->exporting.first = told->lost_first[options->log];
		else if (told->lost_first[options->log])
			options->exporting.first = min(options->exporting.first,
						       told->lost_first[options->log]);
		options->exporting.last = max(options->exporting.last,
					      told->lost_last[options->log]);
		break;
	case NFL_TEMPLATE_SYSTEM:
		options->system.domain = encoder->domain;
		break;
	case NFL_TEMPLATE_FLOW_KEYS:
	case NFL_TEMPLATE_INTERFACE:
	case NFL_TEMPLATE_VRF:
		break;
	default:
		options->selector.domain = encoder->domain;
	}
}

static enum nfl_encoded options_add(struct nfl_encoder *encoder, struct nfl_block *block)
{
	struct nfl_stored_options options = *(const struct nfl_stored_options *)
		nfl_block_record(block, encoder->at.index);

	if (!nfl_stored_is_for(&options, encoder->session)) {
		nfl_block_sum(block, BIT_ULL(encoder->at.index), &encoder->passed);
		return NFL_ENCODED_ALL;
	}
	if (!encoder->protocol->templates) {
		withhold(encoder, block);
		return NFL_ENCODED_ALL;
	}
	options_tell(encoder, &options);
	/* the session was refused since the record was appended: its template goes first */
	if (options.which == NFL_TEMPLATE_FLOW_KEYS &&
	    !nfl_is_announced(encoder->announcements, options.layout.id)) {
		encoder->sum.flows++;
		return NFL_ENCODED_ALL;
	}
	if (!encoder->protocol->add(encoder->body, NFL_RECORD_OPTIONS, options.which,
				    &options.statistics))
		return NFL_ENCODED_FULL;
	encoder->sum.flows++;
	return NFL_ENCODED_ALL;
}

/* May records of this block be added to the message? */
static bool is_alike(const struct nfl_encoder *encoder, const struct nfl_block *block)
{
	/* the header of a NetFlow v5 message has the selector of all its records */
	return encoder->protocol->templates || !encoder->body->records ||
	       encoder->body->selector == block->selector;
}

static enum nfl_encoded record_add(struct nfl_encoder *encoder, struct nfl_block *block,
				   struct nfl_record *record)
{
	switch (block->kind) {
	case NFL_LOG_FLOWS:
		return flow_add(encoder, block, record, NFL_WHOLE);
	case NFL_LOG_EVENTS:
		return event_add(encoder, block);
	default:
		return options_add(encoder, block);
	}
}

/* Write the records of a block up to @end, and of the next one the first @part parts. */
static enum nfl_encoded block_add(struct nfl_encoder *encoder, struct nfl_block *block,
				  unsigned int end, u32 part)
{
	const u64 range = nfl_block_mask(encoder->at.index, end + !!part);
	const u64 wanted = nfl_share_of(&encoder->share, block, range) &
			   ~nfl_block_known(block, &encoder->fresh);
	struct nfl_record record = {
		.selector = block->selector,
		.realtime = encoder->realtime,
		/* see BLOCK_AGE: times of flows are at most that much later than this clock */
		.clock = min(encoder->clock, block->clock + S32_MAX),
	};
	enum nfl_encoded encoded;

	if (encoder->at.index < end && !is_alike(encoder, block))
		return NFL_ENCODED_FULL;
	while (encoder->at.index < end) {
		if (unlikely(!(wanted & BIT_ULL(encoder->at.index)))) {
			nfl_block_sum(block, BIT_ULL(encoder->at.index), &encoder->passed);
		} else {
			encoded = record_add(encoder, block, &record);
			if (encoded != NFL_ENCODED_ALL)
				return encoded;
		}
		encoder->at.index++;
		encoder->at.part = 0;
	}
	/* a range that is sent again may end within a flow */
	if (!part || !(wanted & BIT_ULL(end)))
		return NFL_ENCODED_ALL;
	return flow_add(encoder, block, &record, part);
}

/**
 * nfl_encode() - write records into a message
 * @encoder: what is written, from where and to where
 * @log: the log
 * @end: write records up to this position
 */
enum nfl_encoded nfl_encode(struct nfl_encoder *encoder, const struct nfl_log *log,
			    const struct nfl_position *end)
{
	enum nfl_encoded encoded;

	while (nfl_position_compare(&encoder->at, end) < 0) {
		struct nfl_block *block = nfl_log_block(log, encoder->at.block);
		const bool is_last = encoder->at.block == end->block;

		encoded = block_add(encoder, block, is_last ? end->index : block->count,
				    is_last ? end->part : 0);
		if (encoded != NFL_ENCODED_ALL)
			return encoded;
		if (is_last) {
			encoder->at = *end;
			break;
		}
		encoder->at = (struct nfl_position) { .block = encoder->at.block + 1 };
	}
	return NFL_ENCODED_ALL;
}
