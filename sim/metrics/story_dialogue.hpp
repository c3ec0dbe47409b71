// What was said on a letter's connections.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "metrics/story_voice.hpp"

namespace postopolis::metrics {

/// One line of a dialogue as it is shown; message content and other letters' transactions are abbreviated.
struct DialogueLine {
    Time time;
    bool by_client = false;
    bool aside = false; ///< not said, but about what was
    std::string text;
};

std::vector<DialogueLine> dialogue_lines(const Dialogue& dialogue, const Tale& tale, Register words);

/// The dialogues that began up to `until` and are not in `told`, which takes them.
std::string dialogue_text(const StoryRecord& record, const Tale& tale, const StoryVoice& voice, Time until,
                          std::set<ConnectionId>& told, int width, layout::Paint paint);

} // namespace postopolis::metrics
