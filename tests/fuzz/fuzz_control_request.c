/* Lines of the control protocol: whatever comes, it is a request with all that its verb needs, or a line says why not;
   and what was understood is answered as JSON that can be read back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/report.h"
#include "control/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_request(const struct control_request *request, struct report *report)
{
    const struct control_verb *verb = control_verb(request->verb);
    report_row(report, "request");
    report_string(report, "verb", "", verb->name);
    for (unsigned i = 0; i < CONTROL_PARAMETERS && verb->parameter[i].word != NULL; i++) {
        const struct control_parameter *parameter = &verb->parameter[i];
        const struct control_value *value = control_value(request, parameter->word);
        require(value != NULL || parameter->word[0] == '-' || parameter->optional);
        if (value == NULL)
            continue;
        report_string(report, parameter->word, "", value->text);
        if (parameter->kind == CONTROL_KIND_NAME)
            report_name(report, "name", NULL, dns_name_view(&value->name));
    }
    report_row_end(report);
}

static void check_json(const struct report *report)
{
    const char *at = report->text.octets, *end = at + report->text.length;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        require(line_end != NULL);
        json_t *object = json_loadb(at, (size_t)(line_end - at), JSON_ALLOW_NUL, NULL);
        require(json_is_object(object));
        json_decref(object);
        at = line_end + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[CONTROL_LINE_MAX + 1], problem[CONTROL_PROBLEM_MAX] = "", *word[CONTROL_WORDS_MAX];
    size_t count, length = size < CONTROL_LINE_MAX ? size : CONTROL_LINE_MAX;
    struct control_request request;
    struct report report;
    memcpy(line, data, length);
    line[length] = '\0';
    report_start(&report, size % 2 == 0);
    if (control_split(line, word, &count, problem) && control_request_read(word, count, &request, problem)) {
        check_request(&request, &report);
        report_ok(&report);
    } else {
        require(problem[0] != '\0' && strlen(problem) < CONTROL_PROBLEM_MAX);
        report_error(&report, "usage", "%s", problem);
    }
    require(!report.text.failed);
    if (report.json)
        check_json(&report);
    report_end(&report);
    return 0;
}
