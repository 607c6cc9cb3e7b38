import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';

export const THEME_CHOICES = ['auto', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

export interface Theme {
  readonly choice: Signal<ThemeChoice>;
  /** The theme in force. */
  readonly current: ReadonlySignal<'light' | 'dark'>;
}

const KEY = 'alongside.theme';

/** Follows the choice and the system, and tells the style sheet. */
export function createTheme(): Theme {
  const preference = matchMedia('(prefers-color-scheme: dark)');
  const systemIsDark = signal(preference.matches);
  const choice = signal(storedChoice());
  const current = computed(() =>
    choice.value === 'auto' ? (systemIsDark.value ? 'dark' : 'light') : choice.value,
  );
  preference.addEventListener('change', ({ matches }) => {
    systemIsDark.value = matches;
  });
  effect(() => {
    localStorage.setItem(KEY, choice.value);
    document.documentElement.dataset['theme'] = current.value;
  });
  return { choice, current };
}

function storedChoice(): ThemeChoice {
  const text = localStorage.getItem(KEY);
  return THEME_CHOICES.find((choice) => choice === text) ?? 'auto';
}
