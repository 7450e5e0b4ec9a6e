#include "sim/base/shell.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

// Where text is appended; used is what there would be without the limit.
typedef struct Text {
  char *out;
  size_t size, used;
} Text;

static void add(Text *text, const char *piece) {
  const size_t room = text->used < text->size ? text->size - text->used : 0;
  text->used += (size_t)snprintf(room ? text->out + text->used : NULL, room, "%s", piece);
}

static bool is_plain(const char *word) {
  // zsh reads =ls as a path, every shell ~ as a home
  return word[0] != '\0' && word[0] != '=' &&
         word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                           "_@%+=:,./-")] == '\0';
}

static bool has_control(const char *word) {
  for (; *word; word++) {
    if (iscntrl((unsigned char)*word)) {
      return true;
    }
  }
  return false;
}

static void add_spelled(Text *text, const char *word) {
  char piece[8];
  add(text, "$'");
  for (; *word; word++) {
    const unsigned char c = (unsigned char)*word;
    if (iscntrl(c)) {
      snprintf(piece, sizeof piece, "\\%03o", c);
    } else {
      snprintf(piece, sizeof piece, "%s%c", c == '\'' || c == '\\' ? "\\" : "", c);
    }
    add(text, piece);
  }
  add(text, "'");
}

// a quote ends the quotes, stands escaped, and begins them again
static void add_quoted(Text *text, const char *word) {
  add(text, "'");
  for (; *word; word++) {
    add(text, *word == '\'' ? "'\\''" : (const char[]){*word, '\0'});
  }
  add(text, "'");
}

size_t sim_shell_word(char *out, size_t size, const char *word) {
  Text text = {.out = out, .size = size};
  if (is_plain(word)) {
    add(&text, word);
  } else if (has_control(word)) {
    add_spelled(&text, word);
  } else {
    add_quoted(&text, word);
  }
  return text.used;
}

size_t sim_shell_words(char *out, size_t size, const char *const *word, int n) {
  Text text = {.out = out, .size = size};
  add(&text, "");
  for (int i = 0; i < n; i++) {
    add(&text, i > 0 ? " " : "");
    const size_t room = text.used < size ? size - text.used : 0;
    text.used += sim_shell_word(room ? out + text.used : NULL, room, word[i]);
  }
  return text.used;
}
