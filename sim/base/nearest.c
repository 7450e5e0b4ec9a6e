#include "sim/base/nearest.h"

#include <string.h>

enum { WORD_MAX = 64 };  // longer words are not compared

static int min3(int a, int b, int c) {
  int ab = a < b ? a : b;
  return ab < c ? ab : c;
}

// insertions, deletions, replacements; both words shorter than WORD_MAX
static int edit_distance(const char *a, const char *b) {
  int row[WORD_MAX];
  int n = (int)strlen(b);
  for (int j = 0; j <= n; j++) {
    row[j] = j;
  }
  for (int i = 0; a[i]; i++) {
    int diagonal = row[0];
    row[0] = i + 1;
    for (int j = 0; j < n; j++) {
      int above = row[j + 1];
      row[j + 1] = min3(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
      diagonal = above;
    }
  }
  return row[n];
}

const char *sim_nearest(const char *word, const char *const *known, int n) {
  size_t length = strlen(word);
  const char *best = NULL;
  // a third of the letters may differ, two at least
  int limit = length < 9 ? 2 : (int)(length / 3);
  for (int i = 0; i < n && length > 0 && length < WORD_MAX; i++) {
    if (strlen(known[i]) >= WORD_MAX) {
      continue;
    }
    int distance = edit_distance(word, known[i]);
    if (distance <= limit && distance < (int)length) {
      best = known[i];
      limit = distance - 1;
    }
  }
  return best;
}
