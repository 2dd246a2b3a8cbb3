import { describe, expect, it } from '@jest/globals';
import { whatIsMissing } from './requirements.js';

describe('what is missing to start Kafka', () => {
  it('is nothing with Java 17 and Maven', () => {
    expect(whatIsMissing({ java: '17.0.15', maven: '3.8.7', hasJars: false })).toBeNull();
  });

  it('is nothing without Maven once the jars are there', () => {
    expect(whatIsMissing({ java: '21', maven: null, hasJars: true })).toBeNull();
  });

  it('is named together with the packages to install', () => {
    expect(whatIsMissing({ java: null, maven: null, hasJars: false })).toBe(
      'Java 17 or newer was not found, and Maven, which brings the broker once, was not found. ' +
        'On Debian: apt-get install openjdk-17-jre-headless maven. Or set KAFKA_BROKERS to a Kafka of your own.',
    );
  });

  it('asks for no Java where only Maven is missing', () => {
    const sentence = whatIsMissing({ java: '17.0.15', maven: null, hasJars: false });
    expect(sentence).toContain('apt-get install maven.');
    expect(sentence).not.toContain('openjdk');
  });

  it('says that an old Java is too old, also one that still called itself 1.8', () => {
    expect(whatIsMissing({ java: '11.0.2', maven: '3.8.7', hasJars: true })).toContain('Java 11.0.2 is too old');
    expect(whatIsMissing({ java: '1.8.0_392', maven: '3.8.7', hasJars: true })).toContain('Java 1.8.0_392 is too old');
  });
});
