/** A topic or topic filter cut at its slashes. */
export type TopicLevels = readonly string[];

export function topicLevels(topic: string): TopicLevels {
  return topic.split('/');
}

/**
 * Whether a topic filter selects a topic, as in MQTT 3.1.1 and 5, section 4.7: `+` stands for one level, which may be
 * empty; `#` for any number of levels, so that `a/#` selects `a` too; neither selects a `$` topic at the first level.
 */
export function matchesTopic(filter: TopicLevels, topic: TopicLevels): boolean {
  if (topic[0]?.startsWith('$') === true && isWildcard(filter[0])) return false;
  for (let level = 0; level < filter.length; level++) {
    if (filter[level] === '#') return true;
    if (level >= topic.length) return false;
    if (filter[level] !== '+' && filter[level] !== topic[level]) return false;
  }
  return filter.length === topic.length;
}

/** Whether every topic that `narrow` selects is also selected by `wide`. */
export function coversFilter(wide: TopicLevels, narrow: TopicLevels): boolean {
  if (narrow[0]?.startsWith('$') === true && isWildcard(wide[0])) return false;
  for (let level = 0; level < wide.length; level++) {
    if (wide[level] === '#') return true;
    if (level >= narrow.length || narrow[level] === '#') return false;
    if (wide[level] !== '+' && wide[level] !== narrow[level]) return false;
  }
  return wide.length === narrow.length;
}

/** What breaks the rules for topic filters, in words; `undefined` for a good one. */
export function filterProblem(filter: string): string | undefined {
  if (filter === '') return 'is empty';
  if (filter.includes('\0')) return 'contains the character U+0000';
  const levels = topicLevels(filter);
  if (levels.some((level, index) => level === '#' && index < levels.length - 1)) {
    return 'has # before its last level';
  }
  if (levels.some((level) => level.length > 1 && /[+#]/.test(level))) {
    return 'has + or # beside other characters; they must fill a level alone';
  }
  return undefined;
}

function isWildcard(level: string | undefined): boolean {
  return level === '+' || level === '#';
}
