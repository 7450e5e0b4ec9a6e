// Pulling and twisting the selected body with the mouse, as MuJoCo's own viewer does: a spring
// between body and mouse. Only live play can be pulled at.
#ifndef VIZ_PULL_H_
#define VIZ_PULL_H_

#include "viz/app.h"

// twist: torque instead of force.
void viz_pull_start(VizApp *app, bool twist);
// The mouse moved by these parts of the picture's height.
void viz_pull_move(VizApp *app, int action, double dx, double dy);
// Hands the spring's force to physics; call once a picture, after the scene's update.
void viz_pull_apply(VizApp *app);
void viz_pull_stop(VizApp *app);

#endif  // VIZ_PULL_H_
