/* SPDX-License-Identifier: MIT */
/* Looking words up on the kernel's command line. */
#include <ikos/boot.h>
#include <ikos/kernel.h>
#include <ikos/string.h>

/* The value of @name in the word at @s: NULL if the word is another one. */
static const char *word_value(const char *s, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len < n || strncmp(s, name, n))
		return NULL;
	if (len == n)
		return s + n;
	return s[n] == '=' ? s + n + 1 : NULL;
}

/**
 * cmdline_get - look up "name" or "name=value"; the last one counts
 * @name: the word before "="
 * @buf: gets the value, cut to fit; empty for a bare name
 * @size: bytes of @buf
 *
 * Words are separated by spaces; a word "--" ends the search, what follows is
 * for init. Context: any. Return: whether it is there.
 */
bool cmdline_get(const char *name, char *buf, size_t size)
{
	const char *s = boot_info.cmdline;
	bool found = false;

	for (;;) {
		const char *value;
		size_t len;

		while (*s == ' ')
			s++;
		for (len = 0; s[len] && s[len] != ' ';)
			len++;
		if (!len || (len == 2 && s[0] == '-' && s[1] == '-'))
			return found;
		value = word_value(s, len, name);
		if (value) {
			size_t n = min((size_t)(s + len - value), size - 1);

			memcpy(buf, value, n);
			buf[n] = '\0';
			found = true;
		}
		s += len;
	}
}

/**
 * cmdline_has - whether a word is on the command line, with a value or without
 */
bool cmdline_has(const char *name)
{
	char unused[2];

	return cmdline_get(name, unused, sizeof(unused));
}
