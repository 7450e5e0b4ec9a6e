// What we add to MuJoCo's scene. Only boxes and discs, which cost little without a graphics card.
#ifndef VIZ_OVERLAY_H_
#define VIZ_OVERLAY_H_

#include "viz/scene.h"

// Colour of a team, r g b, as on the drones.
const float *viz_team_color(SimTeam team);

// Adds trails, shadow, landing mark, target rings and touch markers of a moment.
void viz_overlay_add(VizScene *scene, const VizSource *source, int frame,
                     const VizSwitches *switches);

#endif  // VIZ_OVERLAY_H_
