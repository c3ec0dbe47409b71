// Letters with a presentation: other languages, HTML, attachments.
#pragma once

#include "postopolis/mail/compose.hpp"

namespace postopolis::mail {

/// The specification must have a presentation.
ContentPtr compose_presented(LetterSpec spec);

} // namespace postopolis::mail
