// SPDX-License-Identifier: GPL-2.0-only
/*
 * recorder - a strict collector of IPFIX and NetFlow v9 and v5 for tests
 *
 * It decodes each message as RFC 7011 and RFC 3954 specify, and writes the result
 * without delay as lines of NAME=VALUE words:
 *
 *	message port= source= version= length= sequence= records= sets= domain=
 *		time= uptime= arrived= templates=
 *	template port= source= id= scope= fields=ID:LENGTH,...
 *	flow port= template= arrived= ELEMENT=VALUE...
 *	options port= template= arrived= ELEMENT=VALUE...
 *	gap port= source= expected= sequence=	missing records
 *	problem port= source= error in a message
 *	total port= messages= longest= flows= packets= octets= gaps= problems=
 *
 * Elements have the registry's names, or elementN with hexadecimal digits. Scopes of
 * NetFlow v9 are named scopeN. The "template" of a NetFlow v5 record is 5. The last
 * line is written at the end: after SIGTERM, when all received messages are read.
 *
 * --totals writes no line for a flow; --default-buffer leaves the receive buffer as Linux
 * makes it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORTS_MAX	128
#define FIELDS_MAX	64
#define SESSIONS_MAX	1024

enum kind { NUMBER = 1, ADDRESS, TEXT, OCTETS, FLOAT };

static const struct {
	const char *name;
	enum kind kind;
} elements[512] = {
	[1] = { "octetDeltaCount", NUMBER }, [2] = { "packetDeltaCount", NUMBER },
	[4] = { "protocolIdentifier", NUMBER }, [5] = { "ipClassOfService", NUMBER },
	[6] = { "tcpControlBits", NUMBER }, [7] = { "sourceTransportPort", NUMBER },
	[8] = { "sourceIPv4Address", ADDRESS }, [10] = { "ingressInterface", NUMBER },
	[11] = { "destinationTransportPort", NUMBER },
	[12] = { "destinationIPv4Address", ADDRESS }, [14] = { "egressInterface", NUMBER },
	[9] = { "sourceIPv4PrefixLength", NUMBER },
	[13] = { "destinationIPv4PrefixLength", NUMBER },
	[15] = { "ipNextHopIPv4Address", ADDRESS }, [16] = { "bgpSourceAsNumber", NUMBER },
	[17] = { "bgpDestinationAsNumber", NUMBER }, [21] = { "flowEndSysUpTime", NUMBER },
	[22] = { "flowStartSysUpTime", NUMBER }, [27] = { "sourceIPv6Address", ADDRESS },
	[28] = { "destinationIPv6Address", ADDRESS }, [31] = { "flowLabelIPv6", NUMBER },
	[32] = { "icmpTypeCodeIPv4", NUMBER }, [33] = { "igmpType", NUMBER },
	[56] = { "sourceMacAddress", OCTETS }, [58] = { "vlanId", NUMBER },
	[64] = { "ipv6ExtensionHeaders", OCTETS },
	[70] = { "mplsTopLabelStackSection", OCTETS },
	[71] = { "mplsLabelStackSection2", OCTETS }, [72] = { "mplsLabelStackSection3", OCTETS },
	[73] = { "mplsLabelStackSection4", OCTETS }, [74] = { "mplsLabelStackSection5", OCTETS },
	[75] = { "mplsLabelStackSection6", OCTETS }, [76] = { "mplsLabelStackSection7", OCTETS },
	[77] = { "mplsLabelStackSection8", OCTETS }, [78] = { "mplsLabelStackSection9", OCTETS },
	[79] = { "mplsLabelStackSection10", OCTETS }, [80] = { "destinationMacAddress", OCTETS },
	[208] = { "ipv4Options", OCTETS }, [209] = { "tcpOptions", OCTETS },
	[243] = { "dot1qVlanId", NUMBER }, [244] = { "dot1qPriority", NUMBER },
	[245] = { "dot1qCustomerVlanId", NUMBER }, [246] = { "dot1qCustomerPriority", NUMBER },
	[252] = { "ingressPhysicalInterface", NUMBER },
	[253] = { "egressPhysicalInterface", NUMBER }, [256] = { "ethernetType", OCTETS },
	[40] = { "exportedOctetTotalCount", NUMBER },
	[41] = { "exportedMessageTotalCount", NUMBER },
	[42] = { "exportedFlowRecordTotalCount", NUMBER }, [60] = { "ipVersion", NUMBER },
	[61] = { "flowDirection", NUMBER }, [62] = { "ipNextHopIPv6Address", ADDRESS },
	[82] = { "interfaceName", TEXT }, [83] = { "interfaceDescription", TEXT },
	[136] = { "flowEndReason", NUMBER }, [139] = { "icmpTypeCodeIPv6", NUMBER },
	[143] = { "meteringProcessId", NUMBER }, [144] = { "exportingProcessId", NUMBER },
	[145] = { "templateId", NUMBER }, [149] = { "observationDomainId", NUMBER },
	[152] = { "flowStartMilliseconds", NUMBER }, [153] = { "flowEndMilliseconds", NUMBER },
	[160] = { "systemInitTimeMilliseconds", NUMBER },
	[163] = { "observedFlowTotalCount", NUMBER },
	[164] = { "ignoredPacketTotalCount", NUMBER },
	[165] = { "ignoredOctetTotalCount", NUMBER },
	[166] = { "notSentFlowTotalCount", NUMBER },
	[167] = { "notSentPacketTotalCount", NUMBER },
	[168] = { "notSentOctetTotalCount", NUMBER }, [173] = { "flowKeyIndicator", NUMBER },
	[225] = { "postNATSourceIPv4Address", ADDRESS },
	[226] = { "postNATDestinationIPv4Address", ADDRESS },
	[227] = { "postNAPTSourceTransportPort", NUMBER },
	[228] = { "postNAPTDestinationTransportPort", NUMBER },
	[230] = { "natEvent", NUMBER }, [231] = { "initiatorOctets", NUMBER },
	[232] = { "responderOctets", NUMBER }, [234] = { "ingressVRFID", NUMBER },
	[235] = { "egressVRFID", NUMBER }, [236] = { "VRFname", TEXT },
	[281] = { "postNATSourceIPv6Address", ADDRESS },
	[282] = { "postNATDestinationIPv6Address", ADDRESS },
	[295] = { "ipsecSPI", NUMBER }, [298] = { "initiatorPackets", NUMBER },
	[299] = { "responderPackets", NUMBER },
	[323] = { "observationTimeMilliseconds", NUMBER },
	[29] = { "sourceIPv6PrefixLength", NUMBER },
	[30] = { "destinationIPv6PrefixLength", NUMBER },
	[34] = { "samplingInterval", NUMBER },
	[35] = { "samplingAlgorithm", NUMBER },
	[48] = { "samplerId", NUMBER },
	[49] = { "samplerMode", NUMBER },
	[50] = { "samplerRandomInterval", NUMBER },
	[300] = { "observationDomainName", TEXT },
	[302] = { "selectorId", NUMBER },
	[304] = { "selectorAlgorithm", NUMBER },
	[305] = { "samplingPacketInterval", NUMBER },
	[306] = { "samplingPacketSpace", NUMBER },
	[309] = { "samplingSize", NUMBER },
	[310] = { "samplingPopulation", NUMBER },
	[311] = { "samplingProbability", FLOAT },
	[318] = { "selectorIdTotalPktsObserved", NUMBER },
	[319] = { "selectorIdTotalPktsSelected", NUMBER },
	[359] = { "monitoringIntervalStartMilliSeconds", NUMBER },
	[390] = { "flowSelectorAlgorithm", NUMBER },
	[394] = { "selectorIDTotalFlowsObserved", NUMBER },
	[395] = { "selectorIDTotalFlowsSelected", NUMBER },
	[396] = { "samplingFlowInterval", NUMBER },
	[397] = { "samplingFlowSpacing", NUMBER },
};

struct template {
	struct template *next;
	uint16_t id, scope, count, length;
	struct {
		uint16_t element, length;
	} field[FIELDS_MAX];
};

/* A transport session and domain, per version and port (RFC 7011 section 2). */
static struct session {
	int port;
	unsigned int version;
	char source[64];
	uint32_t domain, sequence;
	bool sequence_known;
	struct template *templates;
} sessions[SESSIONS_MAX];

static struct port {
	int number;
	uint64_t messages, longest, flows, packets, octets, gaps, problems;
} ports[PORTS_MAX];

static unsigned int ports_count, sessions_count;
static bool totals_only, default_buffer;
static volatile sig_atomic_t ending;

/* The message being decoded, and the jump target for errors. */
static struct port *port;
static const char *source;
static uint64_t arrived;
static uint32_t uptime;		/* from the header of NetFlow v5 and v9 */
static jmp_buf malformed;
static bool line_open;		/* the line of a record has been started */

#define PADDING	210		/* paddingOctets, which is not printed */

static void need(bool condition, const char *format, ...)
{
	va_list arguments;

	if (condition)
		return;
	/* end the incomplete line of a record with "cut_off" */
	printf("%sproblem port=%d source=%s ", line_open ? " cut_off\n" : "", port->number, source);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	line_open = false;
	port->problems++;
	longjmp(malformed, 1);
}

static uint64_t number_at(const uint8_t *at, unsigned int length)
{
	uint64_t value = 0;

	while (length--)
		value = value << 8 | *at++;
	return value;
}

static uint16_t u16_at(const uint8_t *at)
{
	return number_at(at, 2);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static struct template *template_find(struct session *session, uint16_t id)
{
	struct template *template = session->templates;

	while (template && template->id != id)
		template = template->next;
	return template;
}

/* What a message contains: records, templates of data, options templates. */
enum {
	CONTENT_RECORDS = 1,
	CONTENT_DATA = 2,
	CONTENT_OPTIONS = 4,
	CONTENT_REPEATING = 8,	/* options templates with a repeated element */
};

/* With headers of IPv4 and UDP a message with templates has this length at most. */
#define SHORT	(512 - 28)

static unsigned int template_kind(const struct template *template)
{
	if (!template->scope)
		return CONTENT_DATA;
	for (unsigned int i = 0; i < template->count; i++) {
		for (unsigned int j = 0; j < i; j++) {
			if (template->field[i].element == template->field[j].element)
				return CONTENT_REPEATING;
		}
	}
	return CONTENT_OPTIONS;
}

static void template_show(const struct template *template)
{
	printf("template port=%d source=%s id=%u scope=%u fields=", port->number, source,
	       template->id, template->scope);
	for (unsigned int i = 0; i < template->count; i++)
		printf("%s%u:%u", i ? "," : "", template->field[i].element,
		       template->field[i].length);
	putchar('\n');
}

/*
 * Decode a template record of sections 3.4.1 or 3.4.2.2, or of RFC 3954 sections 5.2 or
 * 6.1, in which the lengths of an options template are in octets. Return its length.
 */
static unsigned int template_record(struct session *session, const uint8_t *at, unsigned int left,
				    bool options, unsigned int *kinds)
{
	const unsigned int header = options ? 6 : 4;
	struct template new = { .id = u16_at(at), .count = u16_at(at + 2) }, *known;

	need(new.id >= 256, "template id %u", new.id);
	need(left >= header, "template %u is cut off", new.id);
	if (options) {
		new.scope = u16_at(at + 4);
		if (session->version == 9) {
			need(new.count % 4 == 0 && new.scope % 4 == 0, "template %u: lengths",
			     new.id);
			new.count = (u16_at(at + 2) + u16_at(at + 4)) / 4;
			new.scope = u16_at(at + 2) / 4;
		}
		need(new.scope && new.scope <= new.count, "template %u: scope count %u", new.id,
		     new.scope);
	}
	need(new.count && new.count <= FIELDS_MAX, "template %u of %u fields", new.id, new.count);
	need(left >= header + new.count * 4U, "template %u is cut off", new.id);
	at += header;
	for (unsigned int i = 0; i < new.count; i++, at += 4) {
		new.field[i].element = u16_at(at);
		new.field[i].length = u16_at(at + 2);
		new.length += new.field[i].length;
	}
	known = template_find(session, new.id);
	if (!known) {
		known = calloc(1, sizeof(*known));
		if (!known)
			err(1, "template");
		new.next = session->templates;
		session->templates = known;
		*known = new;
	}
	new.next = known->next;
	need(!memcmp(known, &new, sizeof(new)), "template %u has changed", new.id);
	template_show(known);
	*kinds |= template_kind(known);
	return header + new.count * 4;
}

static void value_show(uint16_t element, const uint8_t *at, uint16_t length)
{
	char text[INET6_ADDRSTRLEN];
	uint64_t bits;
	double value;

	if (element >= 512 || !elements[element].name) {
		printf(" element%u=", element);
		while (length--)
			printf("%02x", *at++);
		return;
	}
	printf(" %s=", elements[element].name);
	switch (elements[element].kind) {
	case NUMBER:
		need(length == 1 || length == 2 || length == 4 || length == 8,
		     "element %u of %u octets", element, length);
		printf("%llu", (unsigned long long)number_at(at, length));
		break;
	case ADDRESS:
		need(length == 4 || length == 16, "element %u of %u octets", element, length);
		fputs(inet_ntop(length == 4 ? AF_INET : AF_INET6, at, text, sizeof(text)), stdout);
		break;
	case OCTETS:
		while (length--)
			printf("%02x", *at++);
		break;
	case FLOAT:
		need(length == 8, "element %u of %u octets", element, length);
		bits = number_at(at, length);
		memcpy(&value, &bits, sizeof(value));
		printf("%.17g", value);
		break;
	case TEXT:
		for (; length && *at; length--, at++)
			putchar(*at == ' ' ? '_' : *at);
		break;
	}
}

/* Check the times of a NetFlow record: first, last, and the header's uptime. */
static void check_times(const struct template *template, const uint8_t *at)
{
	uint32_t first = 0, last = 0;
	unsigned int seen = 0;

	for (unsigned int i = 0; i < template->count; at += template->field[i++].length) {
		if (template->field[i].element == 22) {
			first = number_at(at, 4);
			seen |= 1;
		} else if (template->field[i].element == 21) {
			last = number_at(at, 4);
			seen |= 2;
		}
	}
	need(seen == 3, "a flow of template %u without times", template->id);
	need((int32_t)(last - first) >= 0 && (int32_t)(uptime - last) >= 0,
	     "times of a flow: %u, %u, the header's %u", first, last, uptime);
}

static void record(const struct session *session, const struct template *template,
		   const uint8_t *at)
{
	const bool show = !totals_only || template->scope;

	if (session->version < 10 && !template->scope)
		check_times(template, at);

	if (!template->scope)
		port->flows++;
	if (show)
		printf("%s port=%d template=%u arrived=%llu", template->scope ? "options" : "flow",
		       port->number, template->id, (unsigned long long)arrived);
	line_open = show;
	for (unsigned int i = 0; i < template->count; i++) {
		const uint16_t element = template->field[i].element;
		const uint16_t length = template->field[i].length;

		if (i < template->scope && session->version == 9) {
			need(element >= 1 && element <= 5, "scope %u", element);
			printf(" scope%u=%llu", element, (unsigned long long)number_at(at, length));
		} else if (element == PADDING) {
			need(!number_at(at, length), "octets that pad are not zero");
		} else {
			if (element == 1)
				port->octets += number_at(at, length);
			if (element == 2)
				port->packets += number_at(at, length);
			if (show)
				value_show(element, at, length);
		}
		at += length;
	}
	if (show)
		putchar('\n');
	line_open = false;
}

static void padding(const uint8_t *at, unsigned int length)
{
	while (length--)
		need(!*at++, "octets that pad are not zero");
}

/* Number of records and sets; what there is. */
struct content {
	unsigned int records, templates, sets, kinds;
};

static void set(struct session *session, uint16_t id, const uint8_t *at, unsigned int length,
		struct content *content)
{
	/* RFC 7011 section 3.3.2, RFC 3954 sections 5.2 and 6.1 */
	const unsigned int templates = session->version == 9 ? 0 : 2, options = templates + 1;
	const struct template *template;
	unsigned int records = 0;

	if (id == templates || id == options) {
		while (length >= 4) {
			const unsigned int used = template_record(session, at, length,
								  id == options, &content->kinds);

			at += used;
			length -= used;
			content->templates++;
		}
		padding(at, length);
		return;
	}
	need(id >= 256, "id %u of data", id);
	template = template_find(session, id);
	need(template, "data come before template %u", id);
	for (; length >= template->length; length -= template->length, records++) {
		record(session, template, at);
		at += template->length;
	}
	need(records, "data of template %u without a record", id);
	need(session->version == 10 || length < 4, "%u octets of padding", length);
	padding(at, length);
	content->records += records;
	content->kinds |= CONTENT_RECORDS;
}

static struct session *session_find(unsigned int version, uint32_t domain)
{
	struct session *session;

	for (session = sessions; session < sessions + sessions_count; session++)
		if (session->port == port->number && session->version == version &&
		    session->domain == domain && !strcmp(session->source, source))
			return session;
	if (sessions_count == SESSIONS_MAX)
		errx(1, "more than %d senders", SESSIONS_MAX);
	sessions_count++;
	session->port = port->number;
	session->version = version;
	session->domain = domain;
	snprintf(session->source, sizeof(session->source), "%s", source);
	return session;
}

static void sets(struct session *session, const uint8_t *at, unsigned int left,
		 struct content *content)
{
	while (left) {
		unsigned int length;

		need(left >= 4, "a set's header is cut off");
		length = u16_at(at + 2);
		need(length > 4 && length <= left, "set %u has length %u", u16_at(at), length);
		need(session->version == 10 || length % 4 == 0, "set %u is not padded", u16_at(at));
		set(session, u16_at(at), at + 4, length - 4, content);
		content->sets++;
		at += length;
		left -= length;
	}
}

/* NetFlow v5 records decoded by a template. PADDING marks octets without an element. */
static const struct template version5 = {
	.id = 5, .count = 20, .length = 48,
	.field = {
		{ 8, 4 }, { 12, 4 }, { 15, 4 }, { 10, 2 }, { 14, 2 }, { 2, 4 }, { 1, 4 },
		{ 22, 4 }, { 21, 4 }, { 7, 2 }, { 11, 2 }, { PADDING, 1 }, { 6, 1 }, { 4, 1 },
		{ 5, 1 }, { 16, 2 }, { 17, 2 }, { 9, 1 }, { 13, 1 }, { PADDING, 2 },
	},
};

static void decode(const uint8_t *data, unsigned int length)
{
	/* per version: length of the header, offsets of time and sequence number */
	static const struct {
		unsigned int length, time, sequence;
	} headers[] = { [5] = { 24, 8, 16 }, [9] = { 20, 8, 12 }, [10] = { 16, 4, 8 } };
	struct content content = { 0 };
	unsigned int version, header;
	struct session *session;
	uint32_t time, sequence, domain;

	need(length >= 2, "shorter than a version");
	version = u16_at(data);
	need(version == 5 || version == 9 || version == 10, "version %u", version);
	header = headers[version].length;
	need(length >= header, "shorter than a header");
	time = number_at(data + headers[version].time, 4);
	sequence = number_at(data + headers[version].sequence, 4);
	domain = version == 5 ? u16_at(data + 20) : number_at(data + header - 4, 4);
	uptime = version == 10 ? 0 : number_at(data + 4, 4);
	/* a slow guest may read a message late, but never before it was sent */
	need(time <= arrived / 1000 && time + 60 > arrived / 1000, "export time %u", time);
	session = session_find(version, domain);

	if (session->sequence_known && session->sequence != sequence) {
		port->gaps++;
		printf("gap port=%d source=%s expected=%u sequence=%u\n", port->number, source,
		       session->sequence, sequence);
	}
	if (version == 5) {
		content.records = u16_at(data + 2);
		need(content.records >= 1 && content.records <= 30, "%u records", content.records);
		need(length == header + 48 * content.records, "%u octets of %u records", length,
		     content.records);
		need(number_at(data + 12, 4) < 1000000000, "nanoseconds");
		for (unsigned int i = 0; i < content.records; i++)
			record(session, &version5, data + header + 48 * i);
	} else {
		need(length > header, "nothing but a header");
		sets(session, data + header, length - header, &content);
	}
	if (version == 10)
		need(u16_at(data + 2) == length, "length %u in %u octets", u16_at(data + 2),
		     length);
	if (version == 9)
		need(u16_at(data + 2) == content.records + content.templates,
		     "count %u of %u records and %u templates", u16_at(data + 2), content.records,
		     content.templates);
	/* Logstash ignores what follows an options template with a repeated element */
	need(!(content.kinds & (content.kinds - 1)), "different kinds of content in a message");
	/* where short messages with data pass, templates must pass, too */
	need(!content.templates || length <= SHORT, "%u octets of templates", length);
	session->sequence = sequence + (version == 9 ? 1 : content.records);
	session->sequence_known = true;
	printf("message port=%d source=%s version=%u length=%u sequence=%u ", port->number, source,
	       version, length, sequence);
	printf("records=%u sets=%u domain=%u time=%u uptime=%u arrived=%llu templates=%u\n",
	       content.records, content.sets, domain, time, uptime, (unsigned long long)arrived,
	       content.templates);
}

static void message(const uint8_t *data, unsigned int length)
{
	arrived = now_ms();
	port->messages++;
	if (length > port->longest)
		port->longest = length;
	if (!setjmp(malformed))
		decode(data, length);
}

static void receive(int fd)
{
	static uint8_t data[65536];
	struct sockaddr_in6 from;
	socklen_t from_length = sizeof(from);
	char address[INET6_ADDRSTRLEN], text[80];
	ssize_t length;

	length = recvfrom(fd, data, sizeof(data), 0, (void *)&from, &from_length);
	if (length < 0)
		return;
	inet_ntop(AF_INET6, &from.sin6_addr, address, sizeof(address));
	snprintf(text, sizeof(text), "%s#%u",
		 strncmp(address, "::ffff:", 7) ? address : address + 7, ntohs(from.sin6_port));
	source = text;
	message(data, length);
}

static void end(int signal)
{
	(void)signal;
	ending = 1;
}

static int listen_on(int number)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(number) };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0), size = 16 << 20, off = 0;

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (!default_buffer)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (void *)&any, sizeof(any)))
		err(1, "port %d", number);
	return fd;
}

static void total(const char *name, uint64_t value)
{
	printf(" %s=%llu", name, (unsigned long long)value);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	struct pollfd polls[PORTS_MAX];
	int first = 1;

	for (; argc > first && *argv[first] == '-'; first++) {
		totals_only |= !strcmp(argv[first], "--totals");
		default_buffer |= !strcmp(argv[first], "--default-buffer");
	}
	if (argc <= first || argc > first + PORTS_MAX)
		errx(2, "usage: recorder [--totals] [--default-buffer] PORT...");
	setlinebuf(stdout);
	sigaction(SIGTERM, &action, NULL);
	for (int i = first; i < argc; i++) {
		ports[ports_count].number = atoi(argv[i]);
		polls[ports_count] = (struct pollfd){
			.fd = listen_on(ports[ports_count].number), .events = POLLIN,
		};
		ports_count++;
	}
	for (;;) {
		const int ready = poll(polls, ports_count, ending ? 0 : 200);

		if (!ready && ending)
			break;
		for (unsigned int i = 0; ready > 0 && i < ports_count; i++) {
			if (!polls[i].revents)
				continue;
			port = &ports[i];
			receive(polls[i].fd);
		}
	}
	for (port = ports; port < ports + ports_count; port++) {
		printf("total port=%d", port->number);
		total("messages", port->messages);
		total("longest", port->longest);
		total("flows", port->flows);
		total("packets", port->packets);
		total("octets", port->octets);
		total("gaps", port->gaps);
		total("problems", port->problems);
		putchar('\n');
	}
	return 0;
}
