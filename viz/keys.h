// The keys: one table says what each asks for and what the help tells. They follow MuJoCo's own
// viewer `simulate` where it has the same thing.
#ifndef VIZ_KEYS_H_
#define VIZ_KEYS_H_

#include "viz/command.h"

enum { VIZ_SHIFT = 1, VIZ_CONTROL = 2, VIZ_ALT = 4 };

// What a key of MuJoCo's codes (mjKEY_*, else the capital letter or sign) with VIZ_SHIFT ... added
// up asks for; VIZ_DO_NOTHING when it means nothing.
VizCommand viz_keys_command(int key, int modifiers);

// The code of a key that has `printed` on it in the keyboard's layout (UTF-8, NULL: nothing, as on
// arrows) and sits where an American keyboard has `key`: on a German one, Y where Z is there.
// Digits of the keypad are digits.
int viz_keys_printed(int key, const char *printed);

// All keys that mean something, one after the other; returns how many there are.
int viz_keys_list(int keys[], int modifiers[], int max);

// One line of the help: what to press and what it does.
typedef struct VizHelp {
  const char *keys, *text;
} VizHelp;
const VizHelp *viz_keys_help(int *n);

#endif  // VIZ_KEYS_H_
