// What happened, in words.
#ifndef VIZ_WORDS_H_
#define VIZ_WORDS_H_

#include <stddef.h>

#include "viz/source.h"

// "kill by stage3, 3 attacker": how the rally whose last frame this is was decided; "" while it
// goes on.
void viz_words_reason(char *out, size_t size, const VizSource *source);
// "point for stage3", "no point".
void viz_words_result(char *out, size_t size, const VizInfo *info, SimWinner winner);

// The team's name, and its colour when both have the same.
void viz_words_team(char *out, size_t size, const VizInfo *info, SimTeam team);
const char *viz_team_colour(int team);  // "orange", "blue"
// "2 setter"; "drone 2" where any drone takes any touch.
void viz_words_drone(char *out, size_t size, const VizInfo *info, int drone);
// An option of the team's table; where it names the drone that is to strike, "2: set left".
void viz_words_option(char *out, size_t size, const VizInfo *info, SimTeam team, int head,
                      int option);
// What a drone is about to do with the ball: "set", ...; "" when it is only moving.
const char *viz_words_skill(const VizInfo *info, uint8_t skill);
// "strategy 3 of 8" for a member of a mixture, else its name.
void viz_words_strategy(char *out, size_t size, const VizInfo *info, SimTeam team,
                        const char *name);

// The name of the skill a drone was flying, "-" when none.
const char *viz_skill_name(const VizInfo *info, uint8_t skill);
const char *viz_role_name(SimRole role);  // "passer", "setter", "attacker"

// Legal touches of the possession in progress, 0..3.
int viz_touches(const SimState *state);

// Where the ball would come down to height, m, and after how many s; false when it never does.
bool viz_landing(double point[2], double *time, const SimView *view, double height);

#endif  // VIZ_WORDS_H_
