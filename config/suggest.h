/*
 * The known word that is nearest to one that is not known, for "did you mean": of the configuration and of
 * rootwalkctl's commands.
 *
 *      struct config_suggestion suggestion = config_suggest(word);
 *      for each known word: config_suggest_try(&suggestion, known);
 *      if (suggestion.best != NULL) ...
 */
#ifndef CONFIG_SUGGEST_H
#define CONFIG_SUGGEST_H

/* `best`: the word nearest to `word` so far; NULL: none is near */
struct config_suggestion {
    const char *word, *best;
    unsigned distance;
};
struct config_suggestion config_suggest(const char *word);
void config_suggest_try(struct config_suggestion *suggestion, const char *candidate);
/* " (did you mean 'x'?)" or "" */
const char *config_suggest_text(const struct config_suggestion *suggestion, char text[96]);

#endif
