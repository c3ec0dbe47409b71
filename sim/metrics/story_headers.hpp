// A letter's header as its reader sees it, with its trace fields explained.
#pragma once

#include <string>

#include "metrics/story_voice.hpp"

namespace postopolis::metrics {

std::string header_text(const StoryRecord& record, const Tale& tale, const StoryVoice& voice, int width,
                        layout::Paint paint);

} // namespace postopolis::metrics
