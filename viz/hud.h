// The flat part of the picture: score board, state of play, labels on the drones, timeline, result,
// help. Made without OpenGL.
#ifndef VIZ_HUD_H_
#define VIZ_HUD_H_

#include "viz/hud_parts.h"

// Fills hud for a picture of hud->width x hud->height with hud->font, both set by the caller.
void viz_hud_build(VizHud *hud, const VizHudInput *in);

#endif  // VIZ_HUD_H_
