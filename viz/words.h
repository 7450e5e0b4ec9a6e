// What happened, in words.
#ifndef VIZ_WORDS_H_
#define VIZ_WORDS_H_

#include <stddef.h>

#include "viz/source.h"

// "far: ball out after attack": who lost the rally whose last frame this is, why, and with what.
void viz_words_reason(char *out, size_t size, const VizSource *source);
// "near wins the rally", "draw".
void viz_words_result(char *out, size_t size, SimWinner winner);

// The name of the skill a drone was flying, "-" when none.
const char *viz_skill_name(const VizInfo *info, uint8_t skill);
const char *viz_team_side(SimTeam team);  // "near", "far"
const char *viz_role_name(SimRole role);  // "passer", "setter", "attacker"

// Legal touches of the possession in progress, 0..3.
int viz_touches(const SimState *state);

// Where the ball would come down to height, m, and after how many s; false when it never does.
bool viz_landing(double point[2], double *time, const SimView *view, double height);

#endif  // VIZ_WORDS_H_
