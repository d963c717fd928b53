// SPDX-License-Identifier: GPL-2.0-only
/*
 * The golden captures (tests/golden): our strict decoders find no fault in any of
 * them and as many records as tshark does; and tshark, where there is one, reads what
 * it read when they were made.
 */
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "decoder5.h"
#include "decoder9.h"
#include "tap.h"

/* tests/userspace says so where it compiles for another machine */
#ifndef CROSS
#define CROSS	false
#endif

/* Of messages.py: a file's header, a packet's, IPv4's and UDP's. */
#define PCAP_HEADER	24
#define PCAP_PACKET	16
#define IP_UDP		28

struct text {
	char *at;
	size_t length;
};

static struct text read_all(FILE *file)
{
	struct text text = { malloc(1 << 22), 0 };

	if (file) {
		text.length = fread(text.at, 1, (1 << 22) - 1, file);
		fclose(file);
	}
	text.at[text.length] = '\0';
	return text;
}

static struct decoder decoder;
static struct decoder5 decoder5;
static unsigned int records;

/* A message of whatever version; NULL or what is wrong with it. */
static const char *decode_any(const uint8_t *message, size_t length)
{
	const unsigned int version = length > 1 ? decoder_number(message, 2) : 0;
	const char *error;

	if (version == 5) {
		error = decode5(&decoder5, message, length);
		records += decoder5.records;
		return error;
	}
	error = version == 9 ? decode9(&decoder, message, length) :
			       decode(&decoder, message, length);
	records += decoder.records;
	return error;
}

static void check_messages(const struct text *capture)
{
	const uint8_t *at = (const uint8_t *)capture->at + PCAP_HEADER;
	const uint8_t *end = (const uint8_t *)capture->at + capture->length;
	unsigned int number = 0;

	memset(&decoder, 0, sizeof(decoder));
	decoder.is_session = true;
	memset(&decoder5, 0, sizeof(decoder5));
	records = 0;
	while (at + PCAP_PACKET + IP_UDP < end) {
		/* little-endian, as messages.py writes it */
		const size_t length = at[8] | at[9] << 8 | at[10] << 16;
		const char *error;

		at += PCAP_PACKET;
		number++;
		if (!check(length > IP_UDP && at + length <= end, "packet %u is cut off", number))
			return;
		error = decode_any(at + IP_UDP, length - IP_UDP);
		check(!error, "message %u: %s", number, error ? error : "");
		at += length;
	}
	check(at == end && number, "%u messages, and some octets", number);
	check(records, "no records");
}

/* Lines of the expected file that tell of a record. */
static unsigned int lines_of_records(const char *text)
{
	unsigned int count = 0;

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		count += !strncmp(text, "record ", 7);
	}
	return count;
}

static void check_capture(const char *directory, const char *path, bool have_tshark)
{
	char command[1024], expected_path[1024], name[256];
	struct text capture = read_all(fopen(path, "rb")), expected;

	snprintf(name, sizeof(name), "%s", strrchr(path, '/') + 1);
	*strrchr(name, '.') = '\0';
	snprintf(expected_path, sizeof(expected_path), "%s/%s.expected", directory, name);
	expected = read_all(fopen(expected_path, "r"));
	check(expected.length, "no %s.expected", name);
	check_messages(&capture);
	check(records == lines_of_records(expected.at), "%u records, tshark's are %u", records,
	      lines_of_records(expected.at));
	if (have_tshark) {
		struct text told;
		FILE *tshark;

		snprintf(command, sizeof(command), "%s/decode %s", directory, path);
		tshark = popen(command, "r");
		told = read_all(tshark);
		check(!strcmp(told.at, expected.at), "tshark reads something else: diff <(%s) %s",
		      command, expected_path);
		free(told.at);
	}
	free(capture.at);
	free(expected.at);
	test("%s%s", name, have_tshark ? "" : ", without tshark");
}

int main(void)
{
	/* what the machine's tshark reads is the same, whatever we are compiled for: ask it once */
	const bool have_tshark = !CROSS && !system("command -v tshark >/dev/null");
	char file[] = __FILE__, directory[512], pattern[600];
	glob_t found;
	size_t i;

	tap_begin();
	snprintf(directory, sizeof(directory), "%s/../golden", dirname(file));
	snprintf(pattern, sizeof(pattern), "%s/*.pcap", directory);
	check(!glob(pattern, 0, NULL, &found), "no captures in %s", directory);
	test("there are golden captures");
	for (i = 0; i < found.gl_pathc; i++)
		check_capture(directory, found.gl_pathv[i], have_tshark);
	globfree(&found);
	return tap_end();
}
