// The second net: the scenario as written against the published JSON Schema.
//
// The reader says the same in better words; what it refuses is not checked here again. Patterns of the schema
// are for editors: std::regex recurses once per character, and the reader knows their syntax better.
#include <algorithm>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "postopolis/scenario/load.hpp"
#include "scenario/scenario_tree.hpp"

namespace postopolis::scenario {

namespace {

using nlohmann::json;

json to_nlohmann(const Value& v) {
    switch (v.kind) {
    case Value::Kind::Null:
        return nullptr;
    case Value::Kind::Bool:
        return v.boolean;
    case Value::Kind::Text:
        return v.text;
    case Value::Kind::Number: {
        json number = json::parse(v.text, nullptr, false);
        return number.is_discarded() ? json(v.number) : number;
    }
    case Value::Kind::List: {
        json list = json::array();
        for (const Value& item : v.items)
            list.push_back(to_nlohmann(item));
        return list;
    }
    case Value::Kind::Object: {
        json object = json::object();
        for (const Member& m : v.members)
            object[m.key] = to_nlohmann(m.value);
        return object;
    }
    }
    return nullptr;
}

void drop_patterns(json& schema) {
    if (schema.is_object()) {
        // A property may be called "pattern"; a pattern is a text.
        if (auto it = schema.find("pattern"); it != schema.end() && it->is_string()) schema.erase(it);
    }
    if (schema.is_structured())
        for (json& child : schema)
            drop_patterns(child);
}

struct Compiled {
    json text;
    valijson::Schema schema;
    Compiled() : text(json::parse(schema_json())) {
        drop_patterns(text);
        valijson::SchemaParser parser;
        valijson::adapters::NlohmannJsonAdapter adapter(text);
        parser.populateSchema(adapter, schema);
    }
};

std::string pointer_of(const std::vector<std::string>& context) {
    // valijson writes contexts as "<root>", "[key]" and "[3]".
    std::string pointer;
    for (std::size_t i = 1; i < context.size(); ++i) {
        std::string_view token = context[i];
        if (token.size() >= 2 && token.front() == '[') token = token.substr(1, token.size() - 2);
        pointer += "/" + escape_pointer(token);
    }
    return pointer;
}

} // namespace

std::vector<std::pair<std::string, std::string>> check_schema(const Value& root) {
    static const Compiled compiled;
    json document = to_nlohmann(root);
    valijson::adapters::NlohmannJsonAdapter adapter(document);
    valijson::ValidationResults results;
    valijson::Validator validator;
    std::vector<std::pair<std::string, std::string>> found;
    if (validator.validate(compiled.schema, adapter, &results)) return found;
    valijson::ValidationResults::Error error;
    std::size_t deepest = 0;
    // Each level of the schema complains about the levels within: the deepest one names the place.
    while (results.popError(error)) {
        std::string pointer = pointer_of(error.context);
        auto depth = static_cast<std::size_t>(std::count(pointer.begin(), pointer.end(), '/'));
        if (depth < deepest) continue;
        if (depth > deepest) found.clear();
        deepest = depth;
        found.assign(
            1, {pointer, "this isn't what the schema of scenarios asks for here: " + error.description});
    }
    if (found.empty()) found.emplace_back("", "the scenario isn't what its schema asks for");
    return found;
}

} // namespace postopolis::scenario
