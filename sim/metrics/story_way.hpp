// The way of a letter as steps to be told: events in order, each with the stages that it ended.
//
// Of a letter with more than six copies, up to three are followed, each standing for those that met the same
// fate at the same place for the same reason: the slowest of each such group, the largest groups first, of
// which those that failed come before those that arrived.
#pragma once

#include <vector>

#include "metrics/story_record.hpp"

namespace postopolis::metrics {

struct Step {
    const trace::Event* event = nullptr;
    std::vector<const trace::Passed*> stages;
    std::vector<CopyId> copies; ///< those followed that it is about
    bool whole = true;          ///< it is about all that are followed, or about none
    bool milestone = false;     ///< it ends a hop
};

class Way {
public:
    Way(const StoryRecord& record, const Tale& tale);
    const std::vector<Step>& steps() const { return steps_; }
    const std::vector<CopyId>& followed() const { return followed_; }
    bool abridged() const { return abridged_; }

private:
    void choose(const StoryRecord& record, const Tale& tale);
    void lay_out(const StoryRecord& record, const Tale& tale);

    std::vector<CopyId> followed_; ///< in the letter's order
    std::set<CopyId> names_;       ///< these, and the ids that they had before
    std::vector<Step> steps_;
    bool abridged_ = false;
};

} // namespace postopolis::metrics
